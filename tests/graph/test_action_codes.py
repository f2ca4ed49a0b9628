"""Codes that let one action through, in the conversation, with the real graph."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from agents.phrases import phrase
from data import intents, playbooks, policies
from data.db import Database
from data.intents import Intent
from data.scope import Identity, Scope
from evals.models.script import Answer, Call, Reply, Request, texts
from graph.state import WINDOW
from tests.graph.held import never, provided
from tests.graph.house import ACME, House, open_house, visitor
from tools.codes import CodeKey, Purpose, ask_code

KEY = CodeKey(b"k" * 32)
OLD, NEW = "ann@acme.test", "ann@new.test"
MATTER = f"changing the address of your account to {NEW}"
NEEDED = f"{phrase('code.needed', matter=MATTER)} {phrase('code.for_action')}"
RIGHT = phrase("code.right")
DONE = f"Done: {NEW}."
CHANGE = f"please change my address to {NEW}"
RULES: list[dict[str, Any]] = [
    {
        "name": "address_takes_a_code",
        "actions": ["update_customer_email"],
        "code": True,
        "matter": "changing the address of your account to {new_email}",
        "because": "A change of address takes a code.",
    }
]
CONFIRM: dict[str, Any] = {
    "name": "address_is_confirmed",
    "actions": ["update_customer_email"],
    "confirmed": ["new_email"],
    "ask": "Shall it be {new_email}?",
    "because": "So.",
}
PLAYBOOK = {
    "name": "new_address",
    "intents": ["new_address"],
    "verify": True,
    "slots": [{"name": "email", "kind": "email", "ask": "Which address?"}],
    "steps": [{"tool": "update_customer_email", "with": {"new_email": "{{ email }}"}}],
    "reply": [{"say": "Done: {{ update_customer_email.email }}."}],
}


@pytest.fixture(scope="module")
async def customers(acme: Database) -> Database:
    async with acme.transaction(ACME) as db:
        known = [Intent("new_address", "general", account=True, description="", keywords=[])]
        await intents.put_intents(db, ACME, known)
        await intents.add_example(db, ACME, "new_address", "please change my address")
        await playbooks.put_playbooks(db, ACME, {"new_address": PLAYBOOK}, replace=True)
        await db.execute(
            "INSERT INTO customers (tenant, id, name, email) VALUES (%s, 1, 'Ann', %s)", (ACME, OLD)
        )
    return acme


@pytest.fixture
async def house(customers: Database) -> AsyncIterator[House]:
    found = open_house(customers, codes=KEY)
    await found.rows("DELETE FROM codes RETURNING id")
    await found.rows("UPDATE customers SET email = %(old)s WHERE id = 1 RETURNING id", old=OLD)
    await found.rows("DELETE FROM policies RETURNING version")
    await law(customers, RULES)
    yield found
    await found.quiet()


async def law(database: Database, rules: list[dict[str, Any]]) -> None:
    async with database.transaction(ACME) as db:
        await db.execute("DELETE FROM policies")
        await policies.put_policy(db, ACME, rules, author="test", note=None, version=1)


def ann() -> Scope:
    """A conversation of Ann's, signed in."""
    return replace(visitor(party="customer:1"), customer_id=1, identity=Identity.VERIFIED)


async def code_in(house: House, scope: Scope) -> str:
    return KEY.code_of(UUID(str((await house.of(scope, "codes"))[-1]["id"])))


async def address(house: House) -> str:
    (row,) = await house.rows("SELECT email FROM customers WHERE id = 1")
    return str(row["email"])


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_the_code_lets_the_action_through_once(house: House) -> None:
    scope = ann()
    held = await house.ask(scope, CHANGE)
    assert held["response"] == NEEDED
    assert await address(house) == OLD
    (mail,) = await house.of(scope, "outbox")
    assert (mail["recipient"], MATTER in mail["content"]) == (OLD, True)
    code = await code_in(house, scope)
    done = await house.ask(scope, f"it's {code}")
    assert done["response"] == f"{RIGHT}\n\n{DONE}"
    assert done["tool_calls"] == ["update_customer_email"]
    assert await address(house) == NEW
    assert code not in str(await house.history(scope))
    assert (await house.ask(scope, f"the code {code}"))["response"] == phrase("code.used")
    await house.rows("UPDATE customers SET email = %(old)s WHERE id = 1 RETURNING id", old=OLD)
    assert (await house.ask(scope, CHANGE))["response"] == NEEDED
    assert await address(house) == OLD


async def test_wrong_and_late_codes_let_nothing_through_and_can_be_put_right(house: House) -> None:
    scope = ann()
    assert (await house.ask(scope, "please change my address"))["response"] == "Which address?"
    assert (await house.ask(scope, NEW))["response"] == NEEDED
    code = await code_in(house, scope)
    assert (await house.ask(scope, another(code)))["response"] == phrase("code.wrong")
    for _ in range(WINDOW // 2):  # the address is out of what an engine gets to see
        assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."
    await house.rows("UPDATE codes SET expires_at = now() - interval '1 s' RETURNING id")
    assert (await house.ask(scope, code))["response"] == phrase("code.late")
    assert (await house.ask(scope, "resend"))["response"] == phrase("code.for_action")
    assert await address(house) == OLD
    newest = await code_in(house, scope)
    assert (await house.ask(scope, newest))["response"] == f"{RIGHT}\n\n{DONE}"
    assert await address(house) == NEW


async def test_a_code_for_something_else_lets_nothing_through(house: House) -> None:
    scope = ann()
    await house.ask(scope, "hello there")
    async with house.database.transaction(ACME) as db:
        other = Purpose("update_customer_email", {"new_email": "eve@new.test"})
        await ask_code(db, scope, KEY, other, None)
    assert (await house.ask(scope, await code_in(house, scope)))["response"] == RIGHT
    assert (await house.ask(scope, CHANGE))["response"] == NEEDED
    assert await address(house) == OLD


async def test_a_yes_before_the_code_still_counts(house: House) -> None:
    await law(house.database, [CONFIRM, *RULES])
    scope = ann()
    assert (await house.ask(scope, CHANGE))["response"] == f"Shall it be {NEW}?"
    assert (await house.ask(scope, "yes"))["response"] == NEEDED
    other = open_house(house.database, codes=KEY)  # as after a restart
    done = await other.ask(scope, await code_in(house, scope))
    assert done["response"] == f"{RIGHT}\n\n{DONE}"
    assert await address(house) == NEW


async def test_whoever_leaves_it_has_nothing_changed(house: House) -> None:
    scope = ann()
    await house.ask(scope, CHANGE)
    left = await house.ask(scope, "no, forget it")
    assert left["response"] == phrase("left", "friendly")
    assert await address(house) == OLD


class Changing:
    """Changes the address when asked to; says what came of it."""

    def answer(self, request: Request) -> Answer:
        results = texts(request.turn, "tool")
        if results:
            return Reply(text="One moment." if "refused" in results[-1] else DONE)
        if "new.test" in json.dumps(request.payload):
            return Reply(calls=(Call("update_customer_email", {"new_email": NEW}),))
        return Reply(text="Hm.")


async def test_a_providers_model_is_told_what_it_may_do_now(house: House) -> None:
    async with provided(Changing(), never) as provider:
        told = open_house(house.database, provider=provider, codes=KEY)
        scope = ann()
        held = await told.ask(scope, CHANGE)
        assert held["response"] == f"One moment.\n\n{NEEDED}"
        code = await code_in(house, scope)
        done = await told.ask(scope, code)
        assert done["response"] == f"{RIGHT}\n\n{DONE}"
        assert await address(house) == NEW
        seen = [json.dumps(request.payload) for request in provider.requests]
        assert code not in "".join(seen)
        may = f"update_customer_email({json.dumps({'new_email': NEW})})"
        assert may in str(provider.requests[-1].payload)
        await told.quiet()
