"""Why people should take over before anybody answers: named rules, pure functions of the state."""

from collections.abc import Callable, Iterable
from dataclasses import asdict

from agents.control import HandoffReason
from agents.sentiment import sentiment_of, strongly_negative
from agents.urgency import Urgency
from graph.moods import shares_of
from graph.state import HandoffRequest, State, have_crossed, unanswered

MOST_SUMMARY_CHARS = 600
GRAVE = frozenset({"legal", "negative_sentiment"})  # nobody who says so waits behind others


STRENGTH: tuple[HandoffReason, ...] = (
    "human_requested",  # what was asked for is what is confirmed
    "legal",
    "negative_sentiment",
    "refund",
    "pricing",
    "policy",
    "media",
    "repeated_question",
    "tool_limit",
    "data_gap",
    "ungrounded",
)
"""The strongest first: it is the one that is shown, and told to the customer."""


def human_requested(state: State) -> bool:
    """The customer asked for a person."""
    return state["understanding"]["wants_human"]


def negative_sentiment(state: State) -> bool:
    """The customer has had enough."""
    return strongly_negative(shares_of(state.get("moods", [])))


def repeated_question(state: State) -> bool:
    """The customer was answered, has seen it, and asks the same again, in any words."""
    again = state["understanding"].get("repeated", False)
    return again and not have_crossed(state.get("messages", []))


def media(state: State) -> bool:
    """Something came with the message that only people can look at."""
    return any(m.additional_kwargs.get("media") for m in unanswered(state.get("messages", [])))


def by_rule(reason: HandoffReason) -> Callable[[State], bool]:
    """Whether the tenant's own rules, or what a specialist or `review` found, say so."""

    def holds(state: State) -> bool:
        given = state.get("handoff")
        return reason in state["understanding"].get("rules", []) or bool(
            given and reason in given["reasons"]
        )

    return holds


legal = by_rule("legal")
refund = by_rule("refund")
pricing = by_rule("pricing")
policy = by_rule("policy")
tool_limit = by_rule("tool_limit")
data_gap = by_rule("data_gap")
ungrounded = by_rule("ungrounded")

RULES: dict[HandoffReason, Callable[[State], bool]] = {
    "human_requested": human_requested,
    "legal": legal,
    "negative_sentiment": negative_sentiment,
    "refund": refund,
    "pricing": pricing,
    "policy": policy,
    "media": media,
    "repeated_question": repeated_question,
    "tool_limit": tool_limit,
    "data_gap": data_gap,
    "ungrounded": ungrounded,
}


def reasons_now(state: State) -> list[str]:
    """The rules that hold, strongest first; empty where the AI may answer."""
    return by_strength(name for name, holds in RULES.items() if holds(state))


def by_strength(reasons: Iterable[str]) -> list[str]:
    """Each once, the strongest first.

    >>> by_strength(["data_gap", "legal", "data_gap"])
    ['legal', 'data_gap']
    """
    known = set(reasons)
    return [name for name in STRENGTH if name in known]


def handoff_request(state: State) -> HandoffRequest:
    """Every reason there is, what the person has to know, and how soon to look.

    What a specialist or `review` asked for is among the reasons; the mood is told with them.
    """
    understanding = state["understanding"]
    given = state.get("handoff")
    reasons = reasons_now(state)
    moods = shares_of(state.get("moods", []))
    sentiment = sentiment_of(moods) if moods else None
    label = sentiment.label if sentiment else "neutral"
    return {
        "reasons": reasons,
        "summary": given["summary"] if given else understanding["text"][:MOST_SUMMARY_CHARS],
        "urgent_because": understanding.get("urgent_because", []),
        "priority": priority_of(
            given["priority"] if given else understanding["urgency"],
            negative=label == "negative",
            strongly=not GRAVE.isdisjoint(reasons),
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
