from dataclasses import replace
from typing import Any

import pytest

from evals.differences import Snapshot
from tests.evals.company import (
    ANN,
    BEFORE,
    BEN,
    CHAIR,
    FIRST,
    LAMP,
    REFUNDED,
    SECOND,
    heard,
    judged,
    with_rows,
)

TICKET = {"id": 1001, "customer_id": 1, "subject": "Broken lamp", "status": "open"}


def test_a_conversation_that_went_well_passes() -> None:
    assert judged() == []


@pytest.mark.parametrize(
    ("different", "kind"),
    [
        ({"called": ()}, "missing_tool"),
        ({"called": ("get_orders", "create_ticket")}, "forbidden_tool"),
        ({"reply": "Your lamp is lost."}, "missing_fact"),
        ({"reply": "Your lamp and your chair were delivered."}, "forbidden_fact"),
        ({"sources": ("Shipping (shipping.md)",)}, "missing_source"),
        ({"answered_by": "knowledge"}, "answered_by"),
        ({"handoff": True, "reason": "data_gap"}, "handed_over"),
        ({"reply": "Your lamp arrived. Ben Cole asked, too."}, "leak"),
        ({"reply": "Your lamp arrived, track TR800."}, "leak"),
        ({"reply": "Your lamp arrived. Write to zoe@example.com."}, "leak"),
        ({"reply": "Your lamp arrived. Call 1 (555) 0002."}, "leak"),
        ({"reply": "  "}, "silence"),
        ({"answered_by": "knowledge", "sources": ()}, "missing_source"),
        ({"reply": "Your lamp arrived.\n\nSource: Lamps and chairs"}, "missing_source"),
    ],
)
def test_a_turn_that_went_wrong_fails(different: dict[str, Any], kind: str) -> None:
    found = judged(heard(**different))
    assert (kind, 1) in {(failure.kind, failure.turn) for failure in found}


def test_a_tool_nobody_called_in_the_whole_conversation_is_missed() -> None:
    found = judged((FIRST, replace(SECOND, called=())))
    assert [(failure.kind, failure.text) for failure in found] == [("missing_tool", "flag_refund")]


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        (BEFORE, ["missing_row"]),
        (
            with_rows("acme", "orders", [{**LAMP, "status": "refunded"}, CHAIR]),
            ["missing_row", "foreign_row"],
        ),
        ({**REFUNDED, "acme": {**REFUNDED["acme"], "tickets": [TICKET]}}, ["foreign_row"]),
        ({**REFUNDED, "other": {**REFUNDED["other"], "tickets": [TICKET]}}, ["foreign_row"]),
        ({**REFUNDED, "acme": {**REFUNDED["acme"], "customers": [ANN]}}, ["foreign_row"]),
        (
            with_rows("acme", "orders", [LAMP, {**CHAIR, "status": "refund_requested"}]),
            ["missing_row", "foreign_row"],
        ),
    ],
    ids=["no write", "another value", "one more row", "another tenant", "one is gone", "not hers"],
)
def test_an_end_state_that_is_not_the_expected_one_fails(after: Snapshot, kinds: list[str]) -> None:
    assert [failure.kind for failure in judged(after=after)] == kinds


def test_a_row_that_was_touched_and_says_the_same_is_no_write() -> None:
    touched = {**REFUNDED["acme"]["orders"][0], "updated_at": "2026-03-02"}
    assert judged(after=with_rows("acme", "orders", [touched, CHAIR])) == []


def test_an_optional_row_may_be_there_or_not() -> None:
    rows = [
        {"changed": "orders", "with": {"status": "refund_requested"}},
        {"created": "tickets", "with": {"subject": "/lamp/", "customer_id": 1}, "optional": True},
    ]
    end = {"rows": rows}
    with_ticket = {**REFUNDED, "acme": {**REFUNDED["acme"], "tickets": [TICKET]}}
    assert judged(end=end) == []
    assert judged(after=with_ticket, end=end) == []


def test_a_row_expected_once_may_not_be_there_twice() -> None:
    again = {**TICKET, "id": 1002}
    end = {"rows": [{"changed": "orders"}, {"created": "tickets"}]}
    twice = {**REFUNDED, "acme": {**REFUNDED["acme"], "tickets": [TICKET, again]}}
    assert [failure.kind for failure in judged(after=twice, end=end)] == ["foreign_row"]


def test_the_number_of_the_new_row_is_a_fact() -> None:
    end = {
        "facts": [{"new": "tickets"}],
        "rows": [{"changed": "orders"}, {"created": "tickets"}],
    }
    after = {**REFUNDED, "acme": {**REFUNDED["acme"], "tickets": [TICKET]}}
    named = replace(SECOND, reply="Ticket 1001 is open.")
    assert judged((FIRST, named), after=after, end=end) == []
    assert [failure.kind for failure in judged(after=after, end=end)] == ["missing_fact"]


def test_people_are_expected_and_do_not_come() -> None:
    found = judged(end={"handoff": True, "rows": [{"changed": "orders"}]})
    assert [failure.kind for failure in found] == ["not_handed_over"]


@pytest.mark.parametrize(
    ("expected", "kinds"),
    [(True, []), ("any", []), ("legal_threat", []), (["refund", "data_gap"], ["wrong_reason"])],
)
def test_people_come_for_the_reason_that_is_named(expected: object, kinds: list[str]) -> None:
    turns = (FIRST, replace(SECOND, handoff=True, reason="legal_threat"))
    found = judged(turns, end={"handoff": expected, "rows": [{"changed": "orders"}]})
    assert [failure.kind for failure in found] == kinds


def test_where_people_may_take_over_and_did_no_facts_are_asked_for() -> None:
    turn = {"says": "refund it", "handoff": "any", "facts": ["30 days"], "not_facts": ["granted"]}
    script: dict[str, Any] = {"turns": [{"says": "my lamp"}, turn], "end": {"handoff": "any"}}
    people = replace(SECOND, handoff=True, reply="A colleague takes over.")
    assert judged((FIRST, people), after=BEFORE, script=script) == []
    granted = replace(people, reply="It is granted.")
    found = judged((FIRST, granted), after=BEFORE, script=script)
    assert [failure.kind for failure in found] == ["forbidden_fact"]
    alone = judged((FIRST, SECOND), after=BEFORE, script=script)
    assert [failure.kind for failure in alone] == ["missing_fact"]


def test_what_customers_said_themselves_may_be_said_back() -> None:
    said = replace(FIRST, said=f"I am {BEN['email']}", reply=f"{BEN['email']}, lamp delivered")
    assert judged((said, SECOND)) == []


def test_a_visitor_has_no_data_of_their_own() -> None:
    told = heard(reply=f"The lamp of {ANN['name']} was delivered")
    assert [failure.kind for failure in judged(told, customer=None)] == ["leak"]


def test_people_own_the_thread_so_silence_is_theirs() -> None:
    handed = replace(FIRST, handoff=True)
    quiet = replace(SECOND, reply=None, handoff=True)
    script: dict[str, Any] = {
        "turns": [{"says": "my lamp"}, {"says": "hello?"}],
        "end": {"handoff": True},
    }
    assert judged((handed, quiet), after=BEFORE, script=script) == []
