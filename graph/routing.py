"""Which node comes next. Pure functions of the state, so the whole policy is tested as a table."""

from collections.abc import Sequence

from agents.intents import Guess, likely_owner
from agents.memory import waiting_specialist
from agents.registry import FALLBACK, SPECIALISTS
from graph.reasons import reasons_now
from graph.state import State

MIN_CONFIDENCE = 0.35  # below it an intent is a guess; whose the question is may still be clear
MOST_TRANSFERS = 2

CLASSIFY = "classify"
ANSWER = "answer"
HANDOFF = "handoff"
REVIEW = "review"
REPLY = "reply"
OTHER = "specialist"  # for specialists that only a tenant's content names

TARGETS = [ANSWER, HANDOFF, OTHER, *SPECIALISTS]


def after_enrich(state: State) -> str:
    """What was said about a code is said, or people are needed; anything else is still open."""
    if state.get("handoff"):
        return HANDOFF
    return REPLY if state.get("draft") else CLASSIFY


def after_classify(state: State) -> str:
    """People if they are needed, what is there to say already, else the intent's specialist.

    A turn that had begun to write goes on as it began, however it is understood this time.
    """
    understanding = state["understanding"]
    if resumed := understanding.get("resumed"):
        return node_of(resumed)
    if reasons_now(state):
        return HANDOFF
    if state.get("shown"):
        return node_of(first_specialist(state))
    if understanding["curated"] is not None or understanding.get("told"):
        return ANSWER
    return node_of(first_specialist(state))


def first_specialist(state: State) -> str:
    """Who should look at the message first.

    Whoever waited for a code goes on. Whoever waits for a detail gets the answer, and sees for
    themselves if it is none. An intent that only people answer does not route by itself:
    `wants_human` has decided about them.
    """
    if resumed := state["understanding"].get("resumed"):
        return resumed
    if shown := state.get("shown"):
        return str(shown["specialist"])
    if waiting := waiting_specialist(state.get("memory", {})):
        return waiting
    clauses = state["understanding"]["clauses"]
    if not clauses or clauses[0]["specialist"] == HANDOFF:
        return FALLBACK
    return clauses[0]["specialist"]


def owner_of(guesses: Sequence[Guess]) -> str:
    """Whose a question is: the best intent's specialist, or whom all guesses together point to."""
    if guesses and guesses[0].confidence >= MIN_CONFIDENCE:
        return guesses[0].specialist
    return likely_owner(guesses) or FALLBACK


def node_of(specialist: str) -> str:
    return specialist if specialist in SPECIALISTS else OTHER


def after_specialist(state: State) -> str:
    """People, another specialist, or the look at what was written."""
    if state.get("handoff"):
        return HANDOFF
    if state.get("draft"):
        return REVIEW
    return node_of(state["transfers"][-1]["target"])


def after_review(state: State) -> str:
    """What did not hold goes to people."""
    return HANDOFF if state.get("handoff") else REPLY
