"""The whole routing policy, as a table."""

from typing import Any

import pytest

from agents.intents import Guess
from graph.routing import (
    MIN_CONFIDENCE,
    after_classify,
    after_review,
    after_specialist,
    owner_of,
)
from graph.state import State

CURATED = {
    "specialist": "general",
    "name": "hours",
    "response": "9 to 5.",
    "level": "keywords",
    "confidence": 0.9,
}


def understood(specialist: str = "billing", confidence: float = 0.9, **more: Any) -> dict[str, Any]:
    clause = {
        "text": "…",
        "intent": "some_intent",
        "specialist": specialist,
        "account": False,
        "confidence": confidence,
    }
    return {
        "text": "…",
        "clauses": [clause],
        "urgency": "low",
        "wants_human": False,
        "curated": None,
        **more,
    }


def state(**known: Any) -> State:
    made: State = {"messages": [], "transfers": [], **known}  # type: ignore[typeddict-item]
    return made


@pytest.mark.parametrize(
    ("understanding", "memory", "node"),
    [
        (understood("billing"), {}, "billing"),
        (understood("billing", 0.01), {}, "billing"),  # likely whose it is, whatever it is
        (understood("roofs"), {}, "specialist"),  # one that only a tenant's content names
        (understood("handoff", 0.45), {}, "general"),  # not sure enough to bother people
        (understood("billing", clauses=[]), {}, "general"),
        # asking for a person is never second-guessed
        (understood("billing", wants_human=True, curated=CURATED), {}, "handoff"),
        (understood("billing", curated=CURATED), {}, "answer"),
        # whoever waits for a detail gets the answer
        (understood("tech", 0.99), {"playbook": "quote", "specialist": "leads"}, "leads"),
        (understood("tech", 0.99), {"specialist": "leads"}, "tech"),
        # a turn that had begun to write goes on as it began
        (understood("tech", wants_human=True, resumed="leads"), {}, "leads"),
    ],
)
def test_after_classify(understanding: dict[str, Any], memory: dict[str, Any], node: str) -> None:
    assert after_classify(state(understanding=understanding, memory=memory)) == node


@pytest.mark.parametrize(
    ("known", "node"),
    [
        ({"handoff": {"reasons": ["refund"]}, "draft": None}, "handoff"),
        ({"handoff": None, "draft": {"text": "Done."}}, "review"),
        ({"transfers": [{"target": "tech"}, {"target": "billing"}]}, "billing"),
        ({"transfers": [{"target": "roofs"}]}, "specialist"),
    ],
)
def test_after_a_specialist(known: dict[str, Any], node: str) -> None:
    assert after_specialist(state(**known)) == node


@pytest.mark.parametrize(
    ("handoff", "node"), [(None, "reply"), ({"reasons": ["ungrounded"]}, "handoff")]
)
def test_after_review(handoff: dict[str, Any] | None, node: str) -> None:
    assert after_review(state(handoff=handoff)) == node


@pytest.mark.parametrize(
    ("shares", "owner"),
    [
        ([("tech", MIN_CONFIDENCE), ("billing", 0.3), ("billing", 0.3)], "tech"),
        ([("tech", MIN_CONFIDENCE - 0.01), ("billing", 0.3), ("billing", 0.3)], "billing"),
        ([("tech", 0.2), ("billing", 0.19), ("billing", 0.19)], "general"),
        ([], "general"),
    ],
)
def test_several_guesses_of_one_specialist_make_it_likely(
    shares: list[tuple[str, float]], owner: str
) -> None:
    guesses = [
        Guess(f"{who}_{i}", who, account=False, confidence=share)
        for i, (who, share) in enumerate(shares)
    ]
    assert owner_of(guesses) == owner
