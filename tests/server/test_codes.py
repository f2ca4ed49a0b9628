"""One-time codes over HTTP: what a caller learns, and how long it takes."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest

from data import conversations
from data.db import Database
from data.notices import Notice
from data.outbox import put_in_outbox
from data.scope import Role, Scope
from server.auth.permissions import Permission
from server.code_limit import CODES_RATE
from server.installation import code_key
from server.notices import text_of
from server.settings import DEMO_TENANT
from server.wiring import open_services
from tests.server.callers import BOB, OTHER_TENANT, Callers, Headers, chat, opened, problem
from tools import codes
from tools.codes import MOST_ASKED, Purpose

ALICES = "alice@example.com"
PAIRS = 90
PAUSE_S = 0.015  # what follows an answer must not be on the next one's bill
ROUNDS = 3
LEVEL = 0.05


async def visitor(callers: Callers) -> tuple[Headers, str]:
    """A visitor's token and their conversation."""
    async with callers.http() as http:
        said = (await chat(http, "Hello")).json()
    return {"x-conversation-token": said["conversation_token"]}, said["conversation_id"]


async def newest_code(callers: Callers, rows: Database, conversation: str) -> str:
    async with rows.transaction(DEMO_TENANT) as db:
        cursor = await db.execute(
            "SELECT id FROM codes WHERE conversation_id = %s ORDER BY created_at DESC LIMIT 1",
            [conversation],
        )
        row = await cursor.fetchone()
    assert row
    return code_key(callers.server.settings).code_of(UUID(str(row[0])))


async def test_a_visitor_who_shows_the_code_reads_their_own_orders(
    callers: Callers, rows: Database
) -> None:
    headers, conversation = await visitor(callers)
    within = {"conversation_id": conversation}
    async with callers.http(headers) as http:
        before = (await chat(http, "Where is my order?", conversation_id=conversation)).json()
        assert "Phone Case" not in str(before)
        asked = await http.post("/v1/auth/code", json={**within, "email": ALICES})
        assert asked.status_code == 202
        code = await newest_code(callers, rows, conversation)
        tries = {**within, "code": code}
        verified = await http.post("/v1/auth/code/verify", json=tries)
        assert verified.status_code == 200, verified.text
        assert verified.json() == {
            "verified": True,
            "conversation_id": conversation,
            "customer_id": 1,
            "action": "read",
        }
        after = (await chat(http, "Where is my order?", conversation_id=conversation)).json()
        assert "Phone Case" in after["response"]
        again = problem(await http.post("/v1/auth/code/verify", json=tries), 403)
        assert again["type"] == "/problems/wrong_code"


async def test_eight_requests_with_the_right_code_are_one_success(
    callers: Callers, rows: Database
) -> None:
    async with callers.http(await callers.key(Permission.CHAT)) as http:
        conversation = await opened(http, "Hello")
        within = {"conversation_id": conversation}
        await http.post("/v1/auth/code", json={**within, "email": "bob@example.com"})
        code = await newest_code(callers, rows, conversation)
        tries = [http.post("/v1/auth/code/verify", json={**within, "code": code}) for _ in range(8)]
        answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [200, *[403] * 7]
    (right,) = [answer for answer in answers if answer.status_code == 200]
    assert right.json()["customer_id"] == BOB


async def test_the_answer_says_nothing_of_the_account(callers: Callers) -> None:
    async with callers.http(await callers.key(Permission.CHAT)) as http:
        conversation = await opened(http, "Hello")
        answers = [
            await http.post(
                "/v1/auth/code", json={"conversation_id": conversation, "email": address}
            )
            for address in ("carol@example.com", "nobody@example.com")
        ]
        assert answers[0].status_code == answers[1].status_code == 202
        assert answers[0].text == answers[1].text
        wrong = {"conversation_id": conversation, "code": "000000"}
        problem(await http.post("/v1/auth/code/verify", json=wrong), 403)


async def test_the_chat_and_the_route_count_a_visitors_codes_together(callers: Callers) -> None:
    own_address = httpx.AsyncHTTPTransport(local_address="127.0.0.77")
    async with httpx.AsyncClient(base_url=callers.server.url, transport=own_address) as http:
        said: list[str] = []
        for number in range(CODES_RATE.amount + 1):
            if number % (MOST_ASKED - 1) == 0:  # as many conversations as it takes
                first = (await chat(http, "Hello", {})).json()
                headers = {"x-conversation-token": first["conversation_token"]}
                within = {"conversation_id": first["conversation_id"]}
            email = f"nobody{number}@example.com"
            if number % (MOST_ASKED - 1) == 0:
                ask = f"Where is my order? I am {email}"
                said.append((await chat(http, ask, headers, **within)).json()["response"])
            else:
                body = {**within, "email": email}
                asked = await http.post("/v1/auth/code", json=body, headers=headers)
                assert asked.status_code == 202
        problem(await http.post("/v1/auth/code", json=body, headers=headers), 429)
    assert all("one-time code is on its way" in each for each in said[:-1])
    assert "Codes were asked for too often" in said[-1]
    assert len(said) == 6


async def test_what_is_not_ones_own_or_no_code_is_refused(callers: Callers) -> None:
    headers, conversation = await visitor(callers)
    within = {"conversation_id": conversation}
    stranger, _ = await visitor(callers)
    foreign = await callers.key(Permission.CHAT, tenant=OTHER_TENANT)
    async with callers.http() as http:
        for who in (stranger, foreign):
            asked = await http.post("/v1/auth/code", json=within, headers=who)
            tried = await http.post(
                "/v1/auth/code/verify", json={**within, "code": "123456"}, headers=who
            )
            problem(asked, 404)
            problem(tried, 404)
        for body in ({**within, "email": "nobody"}, {**within, "action": "A b"}, {}):
            problem(await http.post("/v1/auth/code", json=body, headers=headers), 422)
        for code in ("12345", "1234567", "abcdef", "١٢٣٤٥٦", 123456):
            tried = await http.post(
                "/v1/auth/code/verify", json={**within, "code": code}, headers=headers
            )
            problem(tried, 422)


async def test_one_address_asks_for_only_so_many_codes(callers: Callers) -> None:
    async with callers.http() as http:
        for number in range(21):
            headers, conversation = await visitor(callers)
            body = {"conversation_id": conversation, "email": f"somebody{number}@example.com"}
            answer = await http.post("/v1/auth/code", json=body, headers=headers)
            if answer.status_code == 429:
                break
    found = problem(answer, 429)
    assert found["type"] == "/problems/rate_limited"
    assert int(answer.headers["retry-after"]) <= 3600


async def test_in_dev_the_terminal_shows_codes_and_for_nobody_nothing(
    callers: Callers, rows: Database, seeded_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The served process may print one first; either way nothing is printed twice."""
    settings = callers.server.settings
    async with open_services(settings, seeded_url) as services:
        scope = Scope(OTHER_TENANT, Role.CUSTOMER, "visitor:printed", "printed")
        async with rows.transaction(OTHER_TENANT) as db:
            await conversations.lock_conversation(db, scope, "web")
            await codes.ask_code(db, scope, services.codes, Purpose(), "nobody@example.com")
            words = "Your address was changed."
            await put_in_outbox(db, scope, "n", "email", words, recipient="old@example.com")
        await services.notices.deliver(OTHER_TENANT)
        await services.notices.deliver(OTHER_TENANT)
    printed = capsys.readouterr().err
    assert printed.count("Mail to old@example.com: Your address was changed.") == 1
    assert printed.count("Mail to") == 1
    notice = Notice(str(uuid4()), "c", ALICES, True, "Your code is {code}.")
    digits = services.codes.code_of(UUID(notice.id))
    assert text_of(notice, services.codes) == f"Your code is {digits}."


class Asker:
    """Asks for codes, each in a conversation of its own, and measures how long an answer takes."""

    def __init__(self, http: httpx.AsyncClient, rows: Database, party: str) -> None:
        self._http = http
        self._rows = rows
        self._party = party

    async def conversation(self) -> str:
        name = str(uuid4())
        async with self._rows.transaction(DEMO_TENANT) as db:
            await db.execute(
                "INSERT INTO conversations (tenant, id, party, channel) VALUES (%s, %s, %s, 'api')",
                (DEMO_TENANT, name, self._party),
            )
        return name

    async def customer(self) -> str:
        address = f"{uuid4().hex}@example.com"
        async with self._rows.transaction(DEMO_TENANT) as db:
            await db.execute(
                "INSERT INTO customers (tenant, name, email) VALUES (%s, 'Timed', %s)",
                (DEMO_TENANT, address),
            )
        return address

    async def seconds(self, email: str, conversation: str, status: int = 202) -> float:
        body = {"conversation_id": conversation, "email": email}
        await asyncio.sleep(PAUSE_S)
        before = time.perf_counter()
        answer = await self._http.post("/v1/auth/code", json=body)
        took = time.perf_counter() - before
        assert answer.status_code == status, answer.text
        return took


def chance(one: list[float], other: list[float], shuffles: int = 4000) -> float:
    """How often a random split differs as much in its mean ranks: a two-sided permutation test."""
    ranks = np.argsort(np.argsort(np.array([*one, *other]))).astype(float)
    dice = np.random.default_rng(1)
    shuffled = dice.permuted(np.tile(ranks, (shuffles, 1)), axis=1)
    half = len(one)
    differences = shuffled[:, :half].mean(1) - shuffled[:, half:].mean(1)
    seen = abs(ranks[:half].mean() - ranks[half:].mean())
    return float((np.abs(differences) >= seen).mean())


@pytest.fixture
async def asker(callers: Callers, rows: Database) -> AsyncIterator[Asker]:
    async with callers.http(await callers.key(Permission.CHAT)) as http:
        first = await opened(http, "Hello")
        async with rows.transaction(DEMO_TENANT) as db:
            cursor = await db.execute("SELECT party FROM conversations WHERE id = %s", [first])
            row = await cursor.fetchone()
        assert row
        yield Asker(http, rows, row[0])


async def timed(asker: Asker) -> tuple[list[float], list[float]]:
    """Seconds for accounts that exist and that do not, in random order."""
    known = [(await asker.customer(), await asker.conversation()) for _ in range(PAIRS)]
    unknown = [(f"{uuid4().hex}@example.com", await asker.conversation()) for _ in range(PAIRS)]
    took: dict[bool, list[float]] = {True: [], False: []}
    order = [(True, pair) for pair in known] + [(False, pair) for pair in unknown]
    random.Random(7).shuffle(order)
    for exists, (email, conversation) in order:
        took[exists].append(await asker.seconds(email, conversation))
    return took[True], took[False]


async def test_time_does_not_tell_whether_an_account_exists(asker: Asker) -> None:
    """What tells them apart does so every time; chance alone, in one of twenty rounds."""
    await timed(asker)  # warm
    chances = []
    for _ in range(ROUNDS):
        chances.append(chance(*await timed(asker)))
        if chances[-1] > LEVEL:
            return
    pytest.fail(f"the two can be told apart by time: {chances}")


async def test_the_measure_would_see_a_difference_of_one_statement(asker: Asker) -> None:
    """A refused conversation skips the writes: that has to be seen, or the test above is blind."""
    for _ in range(ROUNDS):
        whole, short = [], []
        for conversation in [await asker.conversation() for _ in range(PAIRS)]:
            whole.append(await asker.seconds(f"{uuid4().hex}@example.com", conversation))
            short.append(await asker.seconds(ALICES, str(uuid4()), 404))
        if chance(whole, short) < LEVEL:
            return
    pytest.fail("answers that differ by two statements take equally long to this measure")
