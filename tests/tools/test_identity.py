"""Whom an unproved caller names is noted for operators and shows nowhere else."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest

from data.conversations import Filter, list_conversations
from data.errors import LeaseLost
from data.scope import Identity
from tests.acme import ACME, ANN, BEA
from tests.sealed import OPEN_AND_SEALED
from tests.tools.conftest import Begin, Turn

LINK = "SELECT customer_id, identity FROM conversations"
UNPROVED = pytest.mark.parametrize("identity", [Identity.ANONYMOUS, Identity.CLAIMED])

NAMED: Sequence[dict[str, Any]] = (
    {"email": "bea@acme.test"},
    {"email": "nobody@acme.test"},
    {"customer_id": BEA},
    {"customer_id": 4711},
    {"email": "gil@globex.test"},
    {},
)


@UNPROVED
async def test_an_unproved_caller_is_told_the_same_whomever_they_name(
    begin: Begin, identity: Identity
) -> None:
    turn = await begin(identity)
    told = [await turn.ask("lookup_customer", named) for named in NAMED]
    assert told[0].refused == "needs_verification"
    assert told[0].result.startswith("the customer's identity is not verified; ask them to sign in")
    assert all(outcome == told[0] for outcome in told)


@pytest.mark.parametrize(
    ("named", "linked"),
    [
        ({"email": "BEA@acme.test"}, BEA),
        ({"customer_id": BEA}, BEA),
        ({"email": "bea@acme.test", "customer_id": ANN}, BEA),
        ({"email": "", "customer_id": BEA}, BEA),
        ({"email": "nobody@acme.test"}, None),
        ({"email": "gil@globex.test"}, None),
        ({"customer_id": 9}, None),
    ],
)
@OPEN_AND_SEALED
async def test_whom_an_anonymous_caller_names_is_linked_at_once_as_claimed(
    visit: Turn, named: dict[str, Any], linked: int | None
) -> None:
    await visit.ask("lookup_customer", named, key="k")
    assert await visit.rows(LINK) == [{"customer_id": linked, "identity": "claimed"}]
    (write,) = await visit.writes()
    assert (write["key"], write["operation"]) == ("k:claim", "claim_customer")
    assert write["turn_id"] == visit.claim.turn_id
    assert (write["before"], write["after"]) == ({"customer_id": None}, {"customer_id": linked})


async def test_who_is_named_and_unknown_does_not_undo_a_link(visit: Turn) -> None:
    await visit.ask("lookup_customer", email="bea@acme.test")
    await visit.ask("lookup_customer", email="nobody@acme.test")
    assert (await visit.rows(LINK))[0]["customer_id"] == BEA


@pytest.mark.parametrize("named", [{}, {"email": " "}, {"email": "no address"}, {"customer_id": 0}])
async def test_who_names_nobody_is_linked_to_nobody(visit: Turn, named: dict[str, Any]) -> None:
    await visit.ask("lookup_customer", named)
    assert await visit.rows(LINK) == [{"customer_id": None, "identity": "anonymous"}]
    assert await visit.writes() == []


async def test_a_claim_opens_nothing_and_gives_the_ticket_to_nobody(begin: Begin) -> None:
    turn = await begin(Identity.CLAIMED)
    for name in ("get_orders", "get_tickets", "get_invoices", "run_line_diagnostics"):
        assert (await turn.ask(name)).refused == "needs_verification"
    made = await turn.ask("create_ticket", subject="Dark", description="No light")
    assert made.result["customer_id"] is None


async def test_a_verified_conversation_is_never_linked_to_somebody_else(turn: Turn) -> None:
    """A turn that began before the code was entered still thinks that nobody proved anything."""
    late = replace(turn, scope=replace(turn.scope, customer_id=None, identity=Identity.ANONYMOUS))
    await late.ask("lookup_customer", email="bea@acme.test")
    assert await turn.rows(LINK) == [{"customer_id": ANN, "identity": "verified"}]


async def test_a_stale_lease_links_nobody(visit: Turn) -> None:
    await visit.rows("UPDATE conversations SET lease_token = lease_token + 1 RETURNING id")
    with pytest.raises(LeaseLost):
        await visit.ask("lookup_customer", email="bea@acme.test")
    assert await visit.rows(LINK) == [{"customer_id": None, "identity": "anonymous"}]


async def test_naming_and_writing_at_once_wait_for_each_other(visit: Turn) -> None:
    wanted = {"subject": "Dark", "description": "No light"}
    asked = [
        visit.ask(*each)
        for _ in range(4)
        for each in (("lookup_customer", {"email": "bea@acme.test"}), ("create_ticket", wanted))
    ]
    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(*asked)
    assert [o.refused for o in outcomes] == ["needs_verification", None] * 4


async def test_a_customers_list_holds_no_conversation_of_who_claims_to_be_them(visit: Turn) -> None:
    await visit.ask("lookup_customer", email="bea@acme.test")
    async with visit.database.transaction(ACME) as db:
        theirs = await list_conversations(db, ACME, Filter(customer_id=BEA))
        operators = await list_conversations(db, ACME, Filter(customer_id=BEA, claimed=True))
    assert (len(theirs), len(operators)) == (0, 1)


ROUNDS = 150
NO_DIFFERENCE = 0.15  # about 4.5 standard deviations of `later` at ROUNDS a side


async def test_whether_somebody_exists_does_not_show_in_the_time_it_takes(visit: Turn) -> None:
    there, not_there = await times(visit, "bea@acme.test", "bob@acme.test")
    assert abs(later(there, not_there) - 0.5) < NO_DIFFERENCE


async def test_the_comparison_of_times_would_show_one_more_statement(visit: Turn) -> None:
    """What a careless lookup would do: go on reading once somebody is found.

    On a machine that is busy with something else one comparison may be all noise.
    """
    for _ in range(3):
        there, not_there = await times(visit, "bea@acme.test", "bob@acme.test", careless=True)
        if later(there, not_there) - 0.5 > NO_DIFFERENCE:
            return
    raise AssertionError("three comparisons showed nothing")


async def times(
    turn: Turn, one: str, other: str, *, careless: bool = False
) -> tuple[list[float], list[float]]:
    """Seconds of lookups of either address, taken in turns so that both meet the same load."""
    found: dict[str, list[float]] = {one: [], other: []}
    for number in range(ROUNDS):
        for email in (one, other) if number % 2 else (other, one):
            started = perf_counter()
            await turn.ask("lookup_customer", email=email)
            if careless and email == one:
                await turn.rows("SELECT * FROM orders")
            found[email].append(perf_counter() - started)
    return found[one], found[other]


def later(these: Sequence[float], those: Sequence[float]) -> float:
    """How likely one of these took longer than one of those: 0.5 where nothing tells them apart.

    Source: Mann and Whitney, 1947; the statistic U divided by the number of pairs.
    """
    pairs = len(these) * len(those)
    return sum((a > b) + 0.5 * (a == b) for a in these for b in those) / pairs
