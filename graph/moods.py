"""The moods of a conversation's last messages, from turn to turn. Pure functions.

The mood of each message is kept under its id. What the graph never read, because people owned the
conversation, is judged by its wording when it hears of it: embedding it would cost a turn more
than it brings.
"""

from collections.abc import Sequence

from langchain_core.messages import AnyMessage, HumanMessage

from agents.sentiment import LATEST, Mood, mood_of
from agents.sentiment_head import Head
from graph.state import MessageMood, unanswered


def moods_after(
    known: Sequence[MessageMood], window: Sequence[AnyMessage], latest: Mood, head: Head
) -> list[MessageMood]:
    """The moods of the customer's last messages, oldest first, at most LATEST.

    Args:
        known: what the turn before left.
        window: the conversation. What the customer said since the last answer counts as one.
        latest: the mood of that.
        head: judges what nobody has judged yet.
    """
    now = len(unanswered(window))
    asked = [m for m in window[: len(window) - now] if isinstance(m, HumanMessage)]
    there = {m.id for m in window}
    moods = {each["id"]: each["shares"] for each in known}
    kept = [each for each in known if each["id"] not in there]
    for message in asked[-LATEST:]:
        shares = moods.get(str(message.id)) or list(mood_of(str(message.content), None, head))
        kept.append({"id": str(message.id), "shares": shares})
    last = str(window[-1].id) if now else ""
    return [*kept[-LATEST + 1 :], {"id": last, "shares": list(latest)}]


def shares_of(moods: Sequence[MessageMood]) -> list[Mood]:
    """Moods as `agents.sentiment` takes them."""
    return [tuple(each["shares"]) for each in moods]
