"""Many sockets, two server processes on one database, and one of the two killed in the middle."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from data import conversations
from data.db import Database
from data.messages import NewMessage, add_message
from data.scope import Role, Scope
from server.settings import DEMO_TENANT
from server.sockets.mailbox import MOST_WAITING
from tests.served import Served, served
from tests.server.callers import ALICE, BOB, CAROL, Callers, chat, history, thread
from tests.server.people import signed_in
from tests.server.steady import Steady
from tests.server.wires import Frame, Wire, wired

PERSON = "I want to talk to a human"
MANY = 200
PAGE = "https://shop.example"


@pytest.fixture(scope="module")
async def two(seeded_url: str, data_dir: Path) -> AsyncIterator[list[Served]]:
    """Two server processes on one database."""
    async with AsyncExitStack() as stack:
        starting = (
            stack.enter_async_context(served(seeded_url, data_dir, {"CORS_ORIGINS": PAGE}))
            for _ in range(2)
        )
        yield [await each for each in starting]


@pytest.fixture(scope="module")
async def callers(two: list[Served], rows: Database) -> Callers:
    return Callers(two[0], rows)


async def handed_over(callers: Callers, headers: dict[str, str]) -> str:
    name = thread()
    async with callers.http(headers) as http:
        found = await chat(http, PERSON, conversation_id=name)
    assert found.json()["handoff"] is True
    return name


async def test_sockets_of_two_processes_are_in_one_conversation(
    two: list[Served], callers: Callers
) -> None:
    headers = await callers.customer(BOB)
    async with wired(two[0].url, "/ws/customer", headers) as here:
        name = (await here.next())["conversation_id"]
        path = f"/ws/operator/{name}"
        async with wired(two[1].url, path, callers.admin) as there:
            await there.kind("presence", customer=True)
            await here.kind("presence", operator=True)
            await here.say(type="typing", on=True)
            assert (await there.kind("typing", role="customer"))["on"] is True
            await here.words("How long do I have to return an item?")
            await there.kind("message", role="customer")
            answer = await there.kind("message", role="assistant")
            await here.kind("message", role="assistant")
            await asyncio.gather(here.quiet(0.1), there.quiet(0.1))
            spoken = [
                "".join(frame["content"] for frame in wire.heard if frame["type"] == "token")
                for wire in (here, there)
            ]
            assert spoken == [answer["content"]] * 2
        assert (await here.kind("presence"))["operator"] is False


async def test_a_page_of_an_origin_that_the_tenant_lists_may_connect(callers: Callers) -> None:
    headers = {**await callers.customer(BOB), "origin": PAGE}
    async with wired(callers.server.url, "/ws/customer", headers) as wire:
        assert (await wire.next())["type"] == "conversation"


async def test_two_hundred_sockets_on_one_conversation_lose_nothing(
    two: list[Served], callers: Callers
) -> None:
    headers = await callers.customer(ALICE)
    name = await handed_over(callers, headers)
    said = [f"Message {number}" for number in range(30)]
    joined = asyncio.Event()
    ready = 0

    async def follow(number: int) -> list[tuple[int, str]]:
        nonlocal ready
        side, who = ("customer", headers) if number % 2 else ("operator", callers.admin)
        url = two[number // 2 % 2].url
        async with wired(url, f"/ws/{side}/{name}", who, compression=None) as wire:
            await wire.next()
            ready += 1
            if ready == MANY:
                joined.set()
            await wire.kind("message", content=said[-1])
            return wire.log()

    async with asyncio.timeout(60):
        following = [asyncio.create_task(follow(number)) for number in range(MANY)]
        await joined.wait()
        async with wired(two[0].url, f"/ws/operator/{name}", callers.admin) as operator:
            for each in said:
                await operator.words(each)
            await operator.kind("message", content=said[-1])
        told = await asyncio.gather(*following)
    for side in (told[::2], told[1::2]):  # operators are told more than customers
        assert [content for _, content in side[0] if content in said] == said
        assert all(each == side[0] for each in side)


async def many_words(rows: Database, name: str, count: int) -> list[str]:
    """An operator writes more than any buffer holds, in one transaction."""
    scope = Scope(DEMO_TENANT, Role.OPERATOR, "operator:test", name)
    words = [f"{number} ".ljust(8000, "x") for number in range(count)]
    async with rows.transaction(DEMO_TENANT) as db:
        await conversations.lock_existing(db, scope)
        for each in words:
            await add_message(db, scope, NewMessage(str(uuid4()), "operator", each))
    return words


def small_socket(url: str) -> socket.socket:
    """A connection that takes in little until it is read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = url.removeprefix("http://").split(":")
    made.connect((host, int(port)))
    made.setblocking(False)
    return made


async def test_a_reader_who_falls_behind_is_told_so_and_catches_up(
    two: list[Served], callers: Callers, rows: Database
) -> None:
    headers = await callers.customer(ALICE)
    name = await handed_over(callers, headers)
    path = f"/ws/customer/{name}"
    options: dict[str, Any] = {"max_queue": 1, "compression": None, "max_size": None}
    here = small_socket(two[0].url)
    async with wired(two[0].url, path, headers, sock=here, **options) as slow:
        await slow.next()
        words = await many_words(rows, name, MOST_WAITING * 2)
        await asyncio.sleep(0.5)
        assert await slow.code() == 4408
    missed = len(words) - len(slow.log())
    assert missed > 0
    async with wired(two[1].url, f"{path}?after={slow.last}", headers, **options) as again:
        await again.kind("message", content=words[-1])
    assert [content for _, content in slow.log() + again.log()] == words


class Script:
    """What happens in one conversation: somebody asks, an operator answers, five times."""

    ROUNDS = 5

    def __init__(self, name: str) -> None:
        self.name = name
        self.done = 0

    def customer(self, frame: Frame) -> str | None:
        """The next question, when the last is answered."""
        if frame.get("role") != "operator":
            return None
        self.done += 1
        return f"{self.name} asks {self.done}" if self.done < self.ROUNDS else None

    @staticmethod
    def operator(frame: Frame) -> str | None:
        """An answer to each question."""
        if frame.get("role") == "customer" and " asks " in frame["content"]:
            return f"Re: {frame['content']}"
        return None


@asynccontextmanager
async def watched(callers: Callers, one: str, other: str) -> AsyncIterator[Wire]:
    """An operator by way of one server, before whom a customer types by way of the other."""
    headers = await callers.customer(BOB)
    name = await handed_over(callers, headers)
    async with (
        wired(other, f"/ws/operator/{name}", callers.admin) as operator,
        wired(one, f"/ws/customer/{name}", headers) as customer,
    ):
        await customer.kind("presence", operator=True)
        await operator.kind("presence", customer=True)
        await customer.say(type="typing", on=True)
        await operator.kind("typing", on=True)
        yield operator


async def test_two_operators_and_three_customers_go_on_when_a_server_is_killed(
    two: list[Served], callers: Callers
) -> None:
    """The last test of this file: one of the servers does not come back."""
    one, other = (each.url for each in two)
    people = {"Alice": (ALICE, [one, other]), "Bob": (BOB, [other]), "Carol": (CAROL, [one, other])}
    async with callers.http(callers.admin) as http:
        kim, lee = await signed_in(http), await signed_in(http)
    operators = {"Alice": (kim, [one, other]), "Bob": (lee, [other]), "Carol": (kim, [one, other])}
    scripts = {name: Script(name) for name in people}
    talks: dict[str, tuple[Steady, Steady]] = {}
    async with (
        asyncio.timeout(60),
        wired(other, "/ws/operator", callers.admin) as queue,
        watched(callers, one, other) as watching,
    ):
        await queue.next()
        for name, (number, urls) in people.items():
            headers = await callers.customer(number)
            customer = Steady(urls, "customer", headers, scripts[name].customer).begin(PERSON)
            await customer.until(lambda heard: any(f.get("owner") == "queue" for f in heard))
            await queue.kind("conversation", conversation_id=customer.conversation_id)
            by, through = operators[name]
            operator = Steady(
                through,
                "operator",
                by.headers,
                scripts[name].operator,
                customer.conversation_id,
            )
            talks[name] = customer, operator.begin()
            async with wired(urls[-1], f"/ws/customer/{customer.conversation_id}", headers) as also:
                await also.next()
                await also.words(f"{name} asks 0", f"{name}-0")
                await also.kind("message", message_id=f"{name}-0")
        await talks["Alice"][0].until(lambda _: scripts["Alice"].done >= 2)
        os.kill(two[0].pid, signal.SIGKILL)
        await watching.kind("typing", role="customer", on=False)
        assert (await watching.kind("presence"))["customer"] is False
        await asyncio.gather(*(talk[0].until(ended) for talk in talks.values()))
        await asyncio.gather(*(talk[1].until(ended) for talk in talks.values()))
        for customer, operator in talks.values():
            await asyncio.gather(customer.end(), operator.end())
    survivor = Callers(two[1], callers.database)
    for name, (customer, operator) in talks.items():
        asked = [f"{name} asks {number}" for number in range(Script.ROUNDS)]
        assert customer.contents("customer") == operator.contents("customer") == [PERSON, *asked]
        answers = [f"Re: {each}" for each in asked]
        assert customer.contents("operator") == operator.contents("operator") == answers
        kept = await history(survivor, str(customer.conversation_id))
        stored = [(m["seq"], m["content"]) for m in kept if m["role"] != "note"]
        for each in (customer, operator):
            told = [(f["seq"], f["content"]) for f in each.heard if f["type"] == "message"]
            assert told == stored
        seqs = [frame["seq"] for frame in customer.heard]
        assert seqs == sorted(set(seqs))
    assert talks["Alice"][0].connected > 1
    assert talks["Bob"][0].connected == 1


def ended(heard: list[Frame]) -> bool:
    last = f"asks {Script.ROUNDS - 1}"
    return any(f.get("role") == "operator" and f["content"].endswith(last) for f in heard)
