"""Frames to clients: each is written once, for all who get it.

A frame with a `seq` stands in the conversation's log and is never missed or doubled; one whose
`seq` is null is of the moment only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from data.conversations import Conversation
from data.errors import SwitchboardError
from data.events import Entry
from data.queue import Queued
from data.scope import Identity

FOR_COLLEAGUES = ("by", "assigned_to", "note", "viewers")  # what customers are not told


@dataclass(frozen=True, slots=True)
class Rendered:
    """A frame as it is sent, written once for all who get it. `seq` is 0 outside the log.

    `since` is when this process had word of it, where it is news of the log.
    """

    conversation_id: str | None
    seq: int
    text: str
    since: float | None = None


def rendered(conversation_id: str | None, body: dict[str, Any], seq: int | None = None) -> Rendered:
    """Write a frame down. `body` has at least its `type`."""
    frame = {"seq": seq, "conversation_id": conversation_id, **body}
    return Rendered(conversation_id, seq or 0, orjson.dumps(frame).decode())


def entry_frame(
    conversation_id: str, entry: Entry, *, staff: bool, since: float | None = None
) -> Rendered | None:
    """An entry of the log, as colleagues or as customers read it; None if it is not for them."""
    if entry.private and not staff:
        return None
    body: dict[str, Any] = {"type": entry.kind, **entry.body, "created_at": entry.created_at}
    if entry.kind == "message":
        metadata = {**entry.body["metadata"]}
        if not staff:
            metadata.pop("by", None)
        body |= {"metadata": metadata, "confidence": metadata.get("confidence")}
    elif not staff:
        body = {key: value for key, value in body.items() if key not in FOR_COLLEAGUES}
    return replace(rendered(conversation_id, body, entry.seq), since=since)


def answer_frame(conversation_id: str, entry: Entry, *, staff: bool) -> Rendered:
    """An entry that is sent again to who asked again: it takes no place in what they are sent."""
    frame = entry_frame(conversation_id, entry, staff=staff)
    assert frame is not None  # whoever wrote it may read it
    return replace(frame, seq=0)


STANDING = ("status", "owner", "channel", "intent", "specialist", "created_at", "updated_at")
MOOD = ("sentiment_score", "sentiment_label")


def conversation_frame(
    one: Conversation, *, seq: int | None, last_seq: int, staff: bool, **more: Any
) -> Rendered:
    """Where a conversation stands: `last_seq` is the end of its log, `seq` where the reader is."""
    body = {"type": "conversation", **{key: getattr(one, key) for key in (*STANDING, *MOOD)}}
    known = staff or one.identity == Identity.VERIFIED
    body |= {"customer_id": one.customer_id if known else None, "last_seq": last_seq, **more}
    return rendered(one.id, body, seq)


def queued_frame(one: Queued) -> Rendered:
    """A conversation as the queue shows it: `handoff` is null once people don't have it."""
    shown = (*STANDING, *MOOD, "customer_id", "last_seq", "handoff", "last_message")
    return rendered(one.id, {"type": "conversation", **{key: getattr(one, key) for key in shown}})


def queue_frame(queue: Sequence[Queued]) -> Rendered:
    """The whole queue: which conversations are in it, and none else."""
    return rendered(None, {"type": "state", "queue": [one.id for one in queue]})


def moment_frames(conversation_id: str, body: dict[str, Any]) -> tuple[Rendered, Rendered]:
    """What is of the moment, as colleagues and as customers read it."""
    public = {key: value for key, value in body.items() if key not in FOR_COLLEAGUES}
    return rendered(conversation_id, body), rendered(conversation_id, public)


def error_frame(
    error: SwitchboardError, conversation_id: str | None = None, message_id: str | None = None
) -> Rendered:
    """A refusal, in the words of the problem documents."""
    body: dict[str, Any] = {
        "type": "error",
        "code": error.code,
        "status": error.status,
        "detail": str(error),
        "message_id": message_id,
    }
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        body["retry_after_s"] = retry_after_s
    return rendered(conversation_id, body)
