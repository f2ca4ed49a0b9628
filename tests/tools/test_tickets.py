from typing import Any

import pytest

from data.scope import Identity
from tests.tools.conftest import Begin, Turn

NEW: dict[str, Any] = {"subject": "No light", "description": "The router is dark."}


async def test_a_customer_sees_their_own_tickets(turn: Turn) -> None:
    outcome = await turn.ask("get_tickets")
    assert [ticket["id"] for ticket in outcome.result] == [3, 2, 1]


async def test_a_verified_customers_ticket_is_theirs(turn: Turn) -> None:
    outcome = await turn.ask("create_ticket", NEW, priority="high")
    assert outcome.result["customer_id"] == 1
    assert outcome.result["conversation_id"] == turn.scope.conversation_id
    assert (outcome.result["status"], outcome.result["priority"]) == ("open", "high")
    listed = (await turn.ask("get_tickets")).result
    assert listed[0] == outcome.result
    (write,) = await turn.writes()
    assert (write["before"], write["after"]) == (None, outcome.result)


@pytest.mark.parametrize("identity", [Identity.ANONYMOUS, Identity.CLAIMED])
async def test_anybody_may_open_a_ticket_which_is_then_nobodys(
    begin: Begin, identity: Identity
) -> None:
    turn = await begin(identity)
    outcome = await turn.ask("create_ticket", NEW)
    assert outcome.refused is None
    assert outcome.result["customer_id"] is None
    assert outcome.result["conversation_id"] == turn.scope.conversation_id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", ""),
        ("subject", "   "),
        ("subject", "x" * 201),
        ("description", "x" * 4001),
        ("description", "a\x00b"),
        ("description", "\ud83d"),
        ("priority", "urgent"),
        ("customer_id", 2),
        ("status", "resolved"),
    ],
)
async def test_a_ticket_that_cannot_be_is_refused(
    unplugged: Turn, field: str, value: object
) -> None:
    outcome = await unplugged.ask("create_ticket", NEW | {field: value})
    assert outcome.refused == "invalid"
    assert outcome.result.startswith(f"{field}: ")


@pytest.mark.parametrize("status", ["open", "in_progress", "resolved", "escalated"])
async def test_a_customer_changes_the_status_of_their_own_ticket(turn: Turn, status: str) -> None:
    outcome = await turn.ask("update_ticket", ticket_id=1, status=status)
    assert outcome.result["status"] == status
    (write,) = await turn.writes()
    assert (write["before"]["status"], write["after"]["status"]) == ("open", status)


@pytest.mark.parametrize("number", [4, 90, 12_345])
@pytest.mark.parametrize(
    ("action", "more"),
    [("update_ticket", {"status": "resolved"}), ("escalate_ticket", {"reason": "Angry"})],
)
async def test_somebody_elses_ticket_is_missing_like_one_that_never_was(
    turn: Turn, action: str, more: dict[str, str], number: int
) -> None:
    outcome = await turn.ask(action, more, ticket_id=number)
    assert (outcome.refused, outcome.result) == ("not_found", f"ticket '{number}' not found")
    assert await turn.writes() == []


async def test_a_ticket_of_nobody_is_nobodys_to_change(turn: Turn, visit: Turn) -> None:
    opened = (await visit.ask("create_ticket", NEW)).result["id"]
    outcome = await turn.ask("update_ticket", ticket_id=opened, status="resolved")
    assert outcome.refused == "not_found"


async def test_an_open_ticket_is_escalated_with_its_reason_on_record(turn: Turn) -> None:
    outcome = await turn.ask("escalate_ticket", ticket_id=1, reason="Third time this week")
    assert outcome.result["status"] == "escalated"
    (write,) = await turn.writes()
    assert write["arguments"] == {"ticket_id": 1, "reason": "Third time this week"}


@pytest.mark.parametrize(
    ("number", "said"),
    [(2, "ticket 2 is escalated already"), (3, "ticket 3 is resolved; reopen it")],
)
async def test_a_ticket_that_cannot_be_escalated_says_why(
    turn: Turn, number: int, said: str
) -> None:
    outcome = await turn.ask("escalate_ticket", ticket_id=number, reason="Once more")
    assert outcome.refused == "conflict"
    assert outcome.result.startswith(said)
