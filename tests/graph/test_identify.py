"""Codes in the conversation, with the real graph: asked for, taken, and never kept."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from agents.phrases import phrase
from data import intents, playbooks
from data.db import Database, make_pool
from data.intents import Intent
from data.scope import Identity, Scope
from evals.models.script import Answer, Call, Reply, Request, texts
from server.code_limit import CODES, CODES_RATE, CodeLimit
from server.limits import Limits
from tests.graph.held import never, provided
from tests.graph.house import ACME, House, open_house, outcome, visitor
from tools.code_words import PLACEHOLDER
from tools.codes import CodeKey

KEY = CodeKey(b"k" * 32)
ANN = "ann@acme.test"
IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ASK = "where is my order please"
PLAYBOOK: dict[str, Any] = {
    "name": "my_order",
    "intents": ["my_order"],
    "verify": True,
    "steps": [{"tool": "get_orders"}],
    "reply": [{"say": "Your order {{ get_orders[0].id }} is {{ get_orders[0].status }}."}],
}


NOTE: dict[str, Any] = {
    "name": "note",
    "intents": ["note"],
    "steps": [
        {"tool": "lookup_customer", "may_fail": True},
        {"tool": "create_ticket", "with": {"subject": "A note", "description": "{{ text }}"}},
    ],
    "reply": [{"say": "Noted."}],
}


@pytest.fixture(scope="module")
async def customers(acme: Database) -> Database:
    """Ann, who has an order, and what it takes to ask about it."""
    async with acme.transaction(ACME) as db:
        known = [Intent("my_order", "billing", account=True, description="", keywords=[])]
        await intents.put_intents(db, ACME, known)
        await intents.add_example(db, ACME, "my_order", ASK)
        own = {"my_order": PLAYBOOK, "note": NOTE}
        await playbooks.put_playbooks(db, ACME, own, replace=True)
        known = [Intent("note", "tech", account=False, description="", keywords=[])]
        await intents.put_intents(db, ACME, known)
        await intents.add_example(db, ACME, "note", "note it down for me")
        await db.execute(
            "INSERT INTO customers (tenant, id, name, email) VALUES (%s, 1, 'Ann', %s)", (ACME, ANN)
        )
        await db.execute(
            "INSERT INTO orders (tenant, id, customer_id, product, amount, currency, status)"
            " VALUES (%s, 7411, 1, 'Lamp', 10, 'USD', 'shipped')",
            [ACME],
        )
    return acme


@pytest.fixture
async def house(customers: Database) -> AsyncIterator[House]:
    found = open_house(customers, codes=KEY)
    await found.rows("DELETE FROM codes RETURNING id")  # of one address only so many are sent
    yield found
    await found.quiet()


async def code_in(house: House, scope: Scope, number: int = -1) -> str:
    """A code that was sent, the newest if nothing is said."""
    return KEY.code_of(UUID(str((await house.of(scope, "codes"))[number]["id"])))


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def asked(house: House) -> Scope:
    """Somebody who wanted their order and to whom a code was sent."""
    scope = visitor()
    first = await house.ask(scope, ASK)
    assert "e-mail address" in first["response"]
    assert "7411" not in first["response"]
    sent = await house.ask(scope, f"it's {ANN}")
    assert sent["response"] == phrase("code.sent", address=ANN)
    return scope


async def test_the_code_is_taken_and_the_request_answered(house: House) -> None:
    scope = await asked(house)
    code = await code_in(house, scope)
    said = await house.ask(scope, f"ok, my code is {code[:3]} {code[3:]}")
    assert said["response"] == f"{phrase('code.right')}\n\nYour order 7411 is shipped."
    assert said["tool_calls"] == ["get_orders"]
    later = await house.ask(scope, ASK)
    assert later["response"] == "Your order 7411 is shipped."


async def test_an_address_in_the_request_is_enough(house: House) -> None:
    scope = visitor()
    said = await house.ask(scope, f"{ASK}? I'm {ANN}")
    assert said["response"] == phrase("code.sent", address=ANN)
    assert "7411" in (await house.ask(scope, await code_in(house, scope)))["response"]


async def test_who_got_what_they_wanted_needs_no_code(house: House) -> None:
    scope = visitor()
    said = await house.ask(scope, f"note it down for me, {ANN}")
    assert said["response"] == "Noted."
    assert await house.of(scope, "codes") == []


async def test_after_a_restart_it_goes_on(house: House, customers: Database) -> None:
    scope = await asked(house)
    other = open_house(customers, codes=KEY)
    assert "7411" in (await other.ask(scope, await code_in(house, scope)))["response"]


async def test_a_wrong_code_can_be_put_right(house: House) -> None:
    scope = await asked(house)
    code = await code_in(house, scope)
    wrong = await house.ask(scope, another(code))
    assert wrong["response"] == phrase("code.wrong")
    assert (await house.ask(scope, "What's that?"))["response"] != phrase("code.wrong")
    assert "7411" in (await house.ask(scope, code))["response"]


async def test_after_five_wrong_ones_a_person_helps(house: House) -> None:
    scope = await asked(house)
    code = await code_in(house, scope)
    for _ in range(4):
        assert (await house.ask(scope, another(code)))["response"] == phrase("code.wrong")
    last = await house.ask(scope, another(code))
    assert (last["handoff"], last["handoff_reason"]) == (True, "tool_limit")
    assert (await house.conversation(scope))["identity"] == "anonymous"


async def test_a_late_code_and_one_that_was_replaced_are_no_good(house: House) -> None:
    scope = await asked(house)
    code = await code_in(house, scope)
    await house.rows("UPDATE codes SET expires_at = now() - interval '1 s' RETURNING id")
    assert (await house.ask(scope, code))["response"] == phrase("code.late")
    again = await house.ask(scope, "Please resend it, I didn't get it")
    assert again["response"] == phrase("code.sent", address=ANN)
    newest = await code_in(house, scope)
    assert newest != code
    assert (await house.ask(scope, code))["response"] == phrase("code.wrong")
    assert "7411" in (await house.ask(scope, newest))["response"]


async def test_a_code_of_another_conversation_is_none_here(house: House) -> None:
    theirs = await asked(house)
    code = await code_in(house, theirs)
    mine = visitor()
    assert (await house.ask(mine, f"my code is {code}"))["response"] == phrase("code.unasked")
    assert code not in str(await house.history(mine))
    assert "7411" in (await house.ask(theirs, code))["response"]


async def test_the_same_message_again_is_one_try(house: House) -> None:
    scope = await asked(house)
    code = await code_in(house, scope)
    first = await house.ask(scope, another(code), "m-1")
    again = await house.ask(scope, another(code), "m-1")
    assert first == again
    assert (await house.of(scope, "codes"))[-1]["tries"] == 1


async def test_resending_has_its_limit(house: House) -> None:
    scope = visitor()
    await house.ask(scope, ASK)
    said = [await house.ask(scope, f"nobody{uuid4().hex[:6]}@acme.test") for _ in range(6)]
    assert said[4]["response"].startswith("If there is an account")
    assert said[5]["response"].startswith("Codes were asked for too often")


async def test_codes_are_counted_by_a_visitors_address(customers: Database) -> None:
    limits = Limits()
    house = open_house(customers, codes=KEY, admit_code=CodeLimit(limits).admit)
    for _ in range(CODES_RATE.amount):
        await limits.admit(CODES_RATE, CODES, "192.0.2.1")
    for address, so in ((ANN, "192.0.2.1"), ("nobody@acme.test", "192.0.2.1")):
        said = await house.ask(replace(visitor(), address=so), f"{ASK}? I'm {address}")
        assert said["response"].startswith("Codes were asked for too often")
    elsewhere = await house.ask(replace(visitor(), address="192.0.2.2"), f"{ASK}? I'm {ANN}")
    assert elsewhere["response"] == phrase("code.sent", address=ANN)
    await house.quiet()


async def test_whoever_changes_their_mind_is_left_alone(house: House) -> None:
    scope = await asked(house)
    left = await house.ask(scope, "never mind")
    assert left["response"] == phrase("left", "friendly")
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."


@asynccontextmanager
async def overheard(database: Database) -> AsyncIterator[tuple[Database, list[str]]]:
    """The same database, through connections that note every statement."""
    said: list[str] = []

    class Noting(psycopg.AsyncCursor[Any]):
        async def execute(self, query: Any, *values: Any, **more: Any) -> Any:
            said.append(query if isinstance(query, str) else query.as_string(self))
            return await super().execute(query, *values, **more)

    async with database.transaction(ACME) as db:
        url = db.info.dsn
    pool = make_pool(url, minimum=1, maximum=4, name="overheard")
    pool.kwargs = {"autocommit": True, "cursor_factory": Noting}
    async with pool:
        yield replace(database, app=pool), said


UNSEEN = {
    "codes": {"customer_id"},
    "outbox": {"recipient"},
    "conversations": {"customer_id"},
    "writes": {"after"},
}
"""What differs, and is in no answer, list or count that the caller sees."""


async def left_by(house: House, scope: Scope, address: str) -> dict[str, list[dict[str, str]]]:
    """Every row of the conversation, without times, ids and digests, and without UNSEEN."""
    tables = await house.rows(
        "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('conversation_id', 'created_at') GROUP BY 1 HAVING count(*) = 2"
    )
    found = {str(table["name"]): await house.of(scope, str(table["name"])) for table in tables}
    found["conversations"] = [await house.conversation(scope)]
    kinds = (datetime, timedelta, UUID, bytes)
    left: dict[str, list[dict[str, str]]] = {}
    for table, rows in found.items():
        dull = {name for row in rows for name, value in row.items() if type(value) in kinds}
        dull |= UNSEEN.get(table, set()) | {"seq"}
        kept = [{name: str(v) for name, v in row.items() if name not in dull} for row in rows]
        left[table] = json.loads(IDS.sub("ID", json.dumps(kept)).replace(address, "ADDRESS"))
    return left


async def test_nobody_learns_whether_there_is_an_account(house: House) -> None:
    """Not from the words, and not from the work: the same statements, and the same rows."""
    texts_of = (f"{ASK}? I'm %s", "111111", "resend", "it is 222222", ASK, "never mind")
    seen: list[Any] = []
    async with overheard(house.database) as (database, said):
        house = open_house(database, codes=KEY)
        await house.ask(visitor(), ASK)  # what is read once and kept
        for address in ("nob@acme.test", ANN):
            scope = visitor()
            said.clear()
            answers = [await house.ask(scope, t.replace("%s", address)) for t in texts_of]
            await house.quiet()
            words = json.dumps(answers).replace(address, "ADDRESS")
            seen.append((IDS.sub("ID", words), list(said), await left_by(house, scope, address)))
    (words, work, rows), (others_words, others_work, others_rows) = seen
    assert words == others_words
    assert work == others_work
    assert len(work) > 50
    assert rows == others_rows
    assert (len(rows["codes"]), len(rows["outbox"])) == (2, 2)


async def test_the_code_is_kept_nowhere(house: House, customers: Database) -> None:
    scope = await asked(house)
    code = await code_in(house, scope)
    await house.ask(scope, f"my code is {code}")
    await house.ask(scope, f"{code} once more")
    history = await house.history(scope)
    assert ("customer", f"my code is {PLACEHOLDER}") in history
    assert ("customer", f"{PLACEHOLDER} once more") in history
    async with customers.transaction(ACME) as db:
        cursor = await db.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for (table,) in await cursor.fetchall():
            if table == "company":
                continue
            found = await db.execute(
                psycopg.sql.SQL("SELECT FROM {} t WHERE t::text LIKE %s").format(
                    psycopg.sql.Identifier(table)
                ),
                [f"%{code}%"],
            )
            assert found.rowcount == 0, table


async def test_codes_wait_their_turn(house: House) -> None:
    """The code arrives while the address is still being dealt with."""
    scope = await asked(house)
    code = await code_in(house, scope)
    slow = await house.say(scope, "hello there")
    quick = await house.say(scope, code)
    await outcome(slow)
    assert "7411" in (await outcome(quick))["response"]


async def test_who_is_known_writes_numbers_of_six_digits_as_they_are(house: House) -> None:
    scope = replace(visitor(party="customer:1"), customer_id=1, identity=Identity.VERIFIED)
    await house.ask(scope, "123456")
    await house.ask(scope, "code 654321")
    said = [content for role, content in await house.history(scope) if role == "customer"]
    assert said == ["123456", f"code {PLACEHOLDER}"]


class Asking:
    """Looks the orders up, then says what came back."""

    def answer(self, request: Request) -> Answer:
        results = texts(request.turn, "tool")
        if results:
            return Reply(text="I cannot see that." if "refused" in results[-1] else results[-1])
        return Reply(calls=(Call("get_orders"),))


async def test_a_providers_model_goes_on_and_never_sees_the_code(house: House) -> None:
    async with provided(Asking(), never) as provider:
        house = open_house(house.database, provider=provider, codes=KEY)
        scope = visitor()
        offered = await house.ask(scope, ASK)
        assert offered["response"] == f"I cannot see that.\n\n{phrase('offer_code')}"
        sent = await house.ask(scope, ANN)
        assert sent["response"] == phrase("code.sent", address=ANN)
        code = await code_in(house, scope)
        assert "7411" in (await house.ask(scope, f"the code: {code}"))["response"]
        seen: list[Any] = [request.payload for request in provider.requests]
        assert code not in json.dumps(seen)
        assert json.dumps(seen).count(ASK) >= 2
        await house.quiet()
