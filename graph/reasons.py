"""Why people should take over before anybody answers: named rules, pure functions of the state."""

from collections.abc import Callable
from dataclasses import asdict

from agents.control import HandoffReason
from agents.sentiment import sentiment_of, strongly_negative
from agents.urgency import Urgency
from graph.moods import shares_of
from graph.state import HandoffRequest, State

MOST_SUMMARY_CHARS = 600


def human_requested(state: State) -> bool:
    """The customer asked for a person."""
    return state["understanding"]["wants_human"]


def negative_sentiment(state: State) -> bool:
    """The customer has had enough."""
    return strongly_negative(shares_of(state.get("moods", [])))


RULES: tuple[tuple[HandoffReason, Callable[[State], bool]], ...] = (
    ("human_requested", human_requested),  # what was asked for is what is confirmed
    ("negative_sentiment", negative_sentiment),
)


def reasons_now(state: State) -> list[str]:
    """The rules that hold, strongest first; empty where the AI may answer."""
    return [name for name, holds in RULES if holds(state)]


def handoff_request(state: State) -> HandoffRequest:
    """Every reason there is, what the person has to know, and how soon to look.

    What a specialist or `review` asked for comes first; a customer's mood is told with it.
    """
    understanding = state["understanding"]
    given = state.get("handoff")
    asked: list[str] = given["reasons"] if given else []
    moods = shares_of(state.get("moods", []))
    sentiment = sentiment_of(moods) if moods else None
    label = sentiment.label if sentiment else "neutral"
    return {
        "reasons": list(dict.fromkeys([*asked, *reasons_now(state)])),
        "summary": given["summary"] if given else understanding["text"][:MOST_SUMMARY_CHARS],
        "priority": priority_of(
            given["priority"] if given else understanding["urgency"],
            negative=label == "negative",
            strongly=negative_sentiment(state),
        ),
        "sentiment": asdict(sentiment) if sentiment else None,
    }


def priority_of(urgency: Urgency, *, negative: bool, strongly: bool) -> Urgency:
    """An unhappy customer does not wait last, and a furious one not at all.

    >>> priority_of("low", negative=True, strongly=False)
    'medium'
    """
    if strongly:
        return "high"
    return "medium" if negative and urgency == "low" else urgency
