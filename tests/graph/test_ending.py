from uuid import UUID, uuid4

import pytest

from data.scope import Role, Scope
from graph.ending import FAILED, ending_of, failed_ending, reply_id

SCOPE = Scope("acme", Role.CUSTOMER, "visitor:1", "talk")
TURN = UUID(int=1)

CLAUSE = {
    "text": "hi",
    "intent": "greeting",
    "specialist": "general",
    "account": False,
    "confidence": 0.9,
}
DRAFT = {
    "text": "Hello.",
    "specialist": "general",
    "answered_by": "tools",
    "match_level": None,
    "confidence": 0.91239,
    "sources": [],
    "tool_calls": ["get_orders"],
    "done": ["get_orders"],
    "evidence": ["secret tool result"],
}
STATE = {"understanding": {"clauses": [CLAUSE]}, "draft": DRAFT, "reply": "Hello."}
REQUEST = {"reasons": ["refund", "legal"], "summary": "They sue.", "priority": "high"}


def test_a_reply_has_the_same_id_in_every_repeated_turn() -> None:
    assert reply_id(TURN) == reply_id(UUID(int=1)) != reply_id(uuid4())


def test_an_answer_is_a_reply_row_and_a_result_without_evidence() -> None:
    ending = ending_of(SCOPE, TURN, "web", STATE, None)
    assert (ending.status, ending.owner, ending.handoff) == ("answered", "ai", None)
    (reply,) = ending.replies
    assert (reply.id, reply.role, reply.content) == (reply_id(TURN), "assistant", "Hello.")
    assert reply.turn_id == TURN
    assert ending.result["response"] == "Hello."
    assert ending.result["confidence"] == 0.9124
    assert ending.result["tool_calls"] == ["get_orders"]
    assert "secret" not in str(ending)


def test_a_handoff_goes_to_the_queue_with_its_strongest_reason() -> None:
    state = STATE | {"handoff": REQUEST, "draft": None, "reply": "A colleague takes over."}
    ending = ending_of(SCOPE, TURN, "web", state, "interrupt-1")
    assert (ending.status, ending.owner) == ("handed_over", "queue")
    assert ending.handoff
    assert (ending.handoff.reason, ending.handoff.reasons) == ("refund", ("refund", "legal"))
    assert ending.handoff.interrupt_id == "interrupt-1"
    assert ending.result["handoff_reason"] == "refund"
    assert ending.result["answered_by"] == "human"


@pytest.mark.parametrize(
    ("channel", "deliver_by"),
    [("web", None), ("api", None), ("email", "email"), ("whatsapp", "whatsapp")],
)
def test_only_channels_that_push_have_something_to_deliver(
    channel: str, deliver_by: str | None
) -> None:
    assert ending_of(SCOPE, TURN, channel, STATE, None).deliver_by == deliver_by
    assert failed_ending(SCOPE, TURN, channel, "").deliver_by == deliver_by


def test_a_failure_says_sorry_and_tells_people_what_was_asked() -> None:
    ending = failed_ending(SCOPE, TURN, "web", "x" * 1000)
    assert (ending.status, ending.owner) == ("failed", "queue")
    assert ending.result["response"] == FAILED
    assert ending.handoff
    assert (ending.handoff.interrupt_id, ending.handoff.priority) == (None, "high")
    assert len(ending.handoff.summary) < 600
