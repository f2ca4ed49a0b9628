import asyncio
from typing import Any

import pytest

from tests.sealed import OPEN_AND_SEALED
from tests.tools.conftest import Turn

LEA: dict[str, Any] = {"name": "Lea Lind", "phone": "+1 (555) 010-1"}
LEADS = "SELECT * FROM leads"


@OPEN_AND_SEALED
async def test_anybody_may_become_a_lead_of_their_conversation(visit: Turn) -> None:
    outcome = await visit.ask("create_lead", LEA, email="lea@x.test", details="A metal roof")
    assert outcome.refused is None
    (lead,) = await visit.rows(LEADS)
    assert lead["conversation_id"] == visit.scope.conversation_id
    assert (lead["name"], lead["phone"], lead["email"], lead["details"], lead["customer_id"]) == (
        "Lea Lind",
        "+1 (555) 010-1",
        "lea@x.test",
        "A metal roof",
        None,
    )
    (write,) = await visit.writes()
    assert write["before"] is None


async def test_a_verified_customers_lead_knows_whose_it_is(turn: Turn) -> None:
    assert (await turn.ask("create_lead", LEA)).result["customer_id"] == 1


async def test_a_lead_is_not_told_what_the_company_makes_of_them(visit: Turn) -> None:
    created = await visit.ask("create_lead", LEA)
    assert created.result.keys() == {"id", "name", "phone", "email", "details", "customer_id"}


@OPEN_AND_SEALED
async def test_creating_again_updates_the_one_lead(visit: Turn) -> None:
    first = await visit.ask("create_lead", LEA)
    second = await visit.ask("create_lead", name="Lea Lindt", details="A flat roof")
    (lead,) = await visit.rows(LEADS)
    assert second.result["id"] == first.result["id"] == lead["id"]
    assert (lead["name"], lead["phone"], lead["details"]) == (
        "Lea Lindt",
        LEA["phone"],
        "A flat roof",
    )
    _, write = await visit.writes()
    assert (write["before"]["name"], write["after"]["name"]) == ("Lea Lind", "Lea Lindt")


async def test_two_created_at_once_are_one_lead(visit: Turn) -> None:
    made = await asyncio.gather(
        visit.ask("create_lead", LEA), visit.ask("create_lead", name="Lea", details="A roof")
    )
    assert [outcome.refused for outcome in made] == [None, None]
    (lead,) = await visit.rows(LEADS)
    assert (lead["phone"], lead["details"]) == (LEA["phone"], "A roof")


@OPEN_AND_SEALED
async def test_updating_changes_only_what_is_given(visit: Turn) -> None:
    await visit.ask("create_lead", LEA)
    outcome = await visit.ask("update_lead", email="lea@x.test")
    assert (outcome.result["name"], outcome.result["phone"], outcome.result["email"]) == (
        "Lea Lind",
        LEA["phone"],
        "lea@x.test",
    )


async def test_a_quote_and_an_appointment_belong_to_the_conversations_lead(visit: Turn) -> None:
    lead = (await visit.ask("create_lead", LEA)).result
    quote = await visit.ask("request_quote", subject="2,100 sq ft of shingles")
    visit_wish = await visit.ask("book_appointment", purpose="Look at it", wished_for="Tuesday")
    assert quote.result["lead_id"] == visit_wish.result["lead_id"] == lead["id"]
    assert quote.result["status"] == visit_wish.result["status"] == "requested"


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("update_lead", {"email": "lea@x.test"}),
        ("request_quote", {"subject": "A roof"}),
        ("book_appointment", {"purpose": "Look", "wished_for": "Tuesday"}),
    ],
)
async def test_without_a_lead_the_caller_is_told_to_create_one(
    visit: Turn, turn: Turn, action: str, arguments: dict[str, Any]
) -> None:
    await turn.ask("create_lead", LEA)  # of another conversation
    outcome = await visit.ask(action, arguments)
    assert outcome.refused == "conflict"
    assert "call create_lead" in outcome.result


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", "x" * 201),
        ("phone", "call me"),
        ("phone", "12"),
        ("phone", "5" * 41),
        ("email", "lea"),
        ("details", "x" * 2001),
        ("details", "a\x00b"),
        ("score", 1),
        ("conversation_id", "another"),
    ],
)
async def test_a_lead_that_cannot_be_is_refused(unplugged: Turn, field: str, value: object) -> None:
    outcome = await unplugged.ask("create_lead", LEA | {field: value})
    assert outcome.refused == "invalid"
    assert outcome.result.startswith(f"{field}: ")
