"""A handoff that nobody has: back into the queue, and up the ladder, step by step."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from data import operators
from data.errors import Conflict
from data.scope import Role, Scope
from data.tenants import set_setting
from graph.handback import HandBack
from graph.ladder import Ladder
from tests.graph.house import ACME, House, open_house, visitor
from tests.graph.owners import PASS
from tools.handoffs import accept_handoff, assign_handoff
from tools.ladder import CLAIM_LIFE, EXPIRES_AFTER, PATIENCE, SETTING, Rung
from tools.request import carry_out

PERSON = "I want to talk to a human"


async def hired(house: House, name: str, role: str = "operator") -> Scope:
    """Somebody new, who can be written to."""
    async with house.database.transaction(ACME) as db:
        one = await operators.add_operator(db, ACME, f"{name.lower()}@acme.test", name, role)
    return Scope(ACME, Role.OPERATOR, f"operator:{one.id}")


async def accepts(house: House, who: Scope, scope: Scope) -> None:
    async with house.database.transaction(ACME) as db:
        await carry_out(db, who.within(scope.conversation_id), accept_handoff, None, {})


async def later(house: House, passed: timedelta) -> None:
    await house.rows(PASS.format(s=f"interval '{passed.total_seconds() + 1} seconds'"))


async def climbs(house: House, scope: Scope) -> Rung | None:
    return await Ladder(house.database, house.handbacks).climb(ACME, scope.conversation_id)


async def mail_to(house: House, scope: Scope, name: str) -> int:
    """How many mails about the conversation somebody got."""
    rows = await house.of(scope, "outbox")
    return len([row for row in rows if row["recipient"] == f"{name.lower()}@acme.test"])


async def handoff(house: House, scope: Scope) -> dict[str, Any]:
    (row,) = await house.of(scope, "handoffs")
    return row


async def test_a_claim_that_runs_out_climbs_rung_by_rung_until_the_customer_is_told(
    house: House,
) -> None:
    scope = visitor()
    sam, lea = await hired(house, "Sam1"), await hired(house, "Lea1")
    await hired(house, "Ada1", "admin")
    other = visitor()
    for each in (scope, other):
        await house.ask(each, PERSON)
    await accepts(house, sam, scope)
    assert await climbs(house, scope) is None  # a live claim is left alone

    await later(house, CLAIM_LIFE)
    await accepts(house, lea, other)  # who is at work, with one conversation
    assert await climbs(house, scope) is Rung.REMINDED
    found = await handoff(house, scope)
    assert (found["status"], found["assigned_to"]) == ("pending", None)
    assert found["last_holder"] == sam.party
    assert (await house.conversation(scope))["owner"] == "queue"
    assert await mail_to(house, scope, "Sam1") == 1
    assert await climbs(house, scope) is None  # twice is once

    await later(house, PATIENCE[Rung.REMINDED])
    await accepts(house, lea, other)
    assert await climbs(house, scope) is Rung.REASSIGNED
    assert (await handoff(house, scope))["offered_to"] == lea.party
    assert await mail_to(house, scope, "Lea1") == 1

    await later(house, PATIENCE[Rung.REASSIGNED])
    assert await climbs(house, scope) is Rung.SUPERVISOR
    assert (await handoff(house, scope))["priority"] == "high"
    assert await mail_to(house, scope, "Ada1") == 1

    await later(house, PATIENCE[Rung.SUPERVISOR])
    assert await climbs(house, scope) is Rung.CUSTOMER_TOLD
    role, words = (await house.history(scope))[-1]
    assert (role, "keep your place" in words) == ("system", True)

    await later(house, timedelta(days=2))
    assert await climbs(house, scope) is None  # told once
    await accepts(house, sam, scope)
    assert (await handoff(house, scope))["rung"] == Rung.WAITS


async def test_one_that_nobody_takes_in_time_climbs_too(house: House) -> None:
    scope = visitor()
    await house.ask(scope, PERSON)
    row = await handoff(house, scope)
    assert row["due_at"] - row["created_at"] == timedelta(hours=2)  # of a calm customer
    assert await climbs(house, scope) is None
    await later(house, timedelta(hours=2))
    assert await climbs(house, scope) is Rung.REMINDED


async def waits_for_ever(house: House, scope: Scope) -> None:
    """Let a handoff climb to the last rung, nobody taking it."""
    await house.ask(scope, PERSON)
    await later(house, timedelta(hours=2))
    while await climbs(house, scope) is not Rung.CUSTOMER_TOLD:
        await later(house, timedelta(minutes=5))


async def test_what_nobody_ever_takes_expires_is_kept_and_goes_on_with_the_ai(
    house: House,
) -> None:
    scope, other = visitor(), open_house(house.database)
    ada = await hired(house, "Ada4", "admin")
    await waits_for_ever(house, scope)
    await house.ask(scope, "Please open a ticket about the thing", "m1")
    mailed = await mail_to(house, scope, "Ada4")
    await later(house, EXPIRES_AFTER)
    both = [Ladder(each.database, each.handbacks) for each in (house, other)]
    await asyncio.gather(*(ladder.climb(ACME, scope.conversation_id) for ladder in both))
    for each in (house, other):
        await each.quiet()
    row = await handoff(house, scope)
    assert (row["status"], row["assigned_to"], row["ended_by"]) == ("expired", None, "job")
    assert (await house.conversation(scope))["owner"] == "ai"
    kept, asked_for = await house.of(scope, "tickets")
    told = [words for role, words in await house.history(scope) if role == "system"]
    assert len(told) == 2
    assert f"ticket {kept['id']}" in told[-1]
    assert kept["description"] == PERSON
    assert await mail_to(house, scope, "Ada4") == mailed + 1
    last = ("assistant", f"Ticket {asked_for['id']} is open.")
    assert (await house.history(scope))[-1] == last
    with pytest.raises(Conflict, match=r"it expired at .* nobody took it"):
        await accepts(house, ada, scope)
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."


async def test_how_long_nobody_may_take_it_is_the_tenants(house: House) -> None:
    scope = visitor()
    minutes = 60 * 24 * 5
    async with house.database.ops_transaction() as ops:
        await set_setting(ops, ACME, SETTING, {"expires": minutes})
    await waits_for_ever(house, scope)
    async with house.database.ops_transaction() as ops:
        await set_setting(ops, ACME, SETTING, {"expires": 2 * minutes})
    await later(house, timedelta(minutes=minutes))
    assert await climbs(house, scope) is None
    assert (await handoff(house, scope))["status"] == "pending"
    await later(house, timedelta(minutes=minutes))
    assert await climbs(house, scope) is None
    assert (await handoff(house, scope))["status"] == "expired"
    async with house.database.ops_transaction() as ops:
        await set_setting(ops, ACME, SETTING, None)


async def test_a_sleeping_one_wakes_when_the_customer_writes(house: House) -> None:
    scope = visitor()
    sam = await hired(house, "Sam2")
    await house.ask(scope, PERSON)
    await accepts(house, sam, scope)
    await house.rows(
        "UPDATE handoffs SET snoozed_until = now() + interval '1 day',"
        " claim_until = now() + interval '1 day' WHERE conversation_id = %(id)s RETURNING id",
        id=scope.conversation_id,
    )
    await later(house, CLAIM_LIFE)
    assert await climbs(house, scope) is None
    await house.ask(scope, "anybody?")
    row = await handoff(house, scope)
    assert (row["snoozed_until"], row["assigned_to"]) == (None, sam.party)
    await later(house, CLAIM_LIFE)
    assert await climbs(house, scope) is Rung.REMINDED


async def test_whoever_is_given_one_and_does_not_show_up_loses_it(house: House) -> None:
    scope = visitor()
    sam, lea = await hired(house, "Sam3"), await hired(house, "Lea3")
    await house.ask(scope, PERSON)
    await accepts(house, sam, scope)
    async with house.database.transaction(ACME) as db:
        to = {"to": lea.party.removeprefix("operator:")}
        await carry_out(db, sam.within(scope.conversation_id), assign_handoff, None, to)
    assert (await handoff(house, scope))["assigned_to"] == lea.party
    await later(house, CLAIM_LIFE)
    assert await climbs(house, scope) is Rung.REMINDED
    assert await mail_to(house, scope, "Lea3") == 1


@pytest.mark.parametrize("decision", ["handed back", "never handed over"])
async def test_nothing_climbs_that_nobody_waits_in(house: House, decision: str) -> None:
    scope = visitor()
    await house.ask(scope, PERSON if decision == "handed back" else "hello there")
    if decision == "handed back":
        admin = replace(scope, role=Role.ADMIN, party="key:1")
        await house.handbacks.hand_back(admin, HandBack("resolve"))
    assert await climbs(house, scope) is None
