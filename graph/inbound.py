"""What comes in through any door, and what goes out again."""

from dataclasses import dataclass
from typing import Any

from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Inbound:
    """A customer's message. `message_id` is unique within its conversation.

    `media`: kinds of what came with it that the assistant cannot read, such as `image/jpeg`.
    """

    message_id: str
    content: str
    channel: str
    tone: str | None = None
    sent_at: str | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message came to. `result` is what every door answers with."""

    scope: Scope
    message_id: str
    result: dict[str, Any]


def with_people(scope: Scope) -> dict[str, Any]:
    """The answer to a message that went to people: none from us."""
    return result_of(scope, response=None, answered_by="human", handoff=True)


def result_of(scope: Scope, **known: Any) -> dict[str, Any]:
    """A whole answer from the parts that are known."""
    empty: dict[str, Any] = {
        "response": None,
        "conversation_id": scope.conversation_id,
        "reply_id": None,
        "intent": None,
        "specialist": None,
        "handoff": False,
        "handoff_reason": None,
        "tool_calls": [],
        "sources": [],
        "answered_by": "model",
        "match_level": None,
        "confidence": 0.0,
        "sentiment": None,
    }
    return {**empty, **known}
