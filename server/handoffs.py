"""What the routes of handoffs answer with."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from data.handoffs import Handoff
from server.answers import CONVERSATION, MESSAGE

OPERATOR = "9d3f0f0e-6a52-4e0e-8c7e-5a8c4f6d2b11"
HANDOFF_EXAMPLE: dict[str, Any] = {
    "id": "3f2a8c1e-0b7d-5e4f-9a6b-1c2d3e4f5a6b",
    "conversation_id": CONVERSATION,
    "customer_id": 1,
    "status": "accepted",
    "reason": "human_requested",
    "reasons": ["human_requested"],
    "summary": "I want to talk to a person about order 2.",
    "priority": "medium",
    "assigned_to": f"operator:{OPERATOR}",
    "assigned_name": "Sam Reyes",
    "claim_until": "2026-03-01T09:35:00Z",
    "waiting_since": "2026-03-01T09:30:00Z",
    "accepted_at": "2026-03-01T09:33:00Z",
    "due_at": "2026-03-01T10:00:00Z",
    "snoozed_until": None,
    "offered_to": None,
    "rung": 0,
    "note": None,
    "ended_at": None,
    "ended_by": None,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:33:00Z",
}


class HandoffOut(BaseModel):
    """A handoff; the strongest of `reasons` is its `reason`.

    `due_at`: somebody should have accepted it by then. `claim_until`: without a sign of life from
    `assigned_to` it goes back to the queue then, and climbs: `rung` 1 reminded, 2 offered to
    somebody else (`offered_to`), 3 those in charge know, 4 the customer was told. `expired`: nobody
    took it in the time the company gives; the assistant has the conversation.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [HANDOFF_EXAMPLE]})

    id: UUID
    conversation_id: str
    customer_id: int | None
    status: Literal["pending", "accepted", "returned", "resolved", "expired"]
    reason: str
    reasons: list[str]
    summary: str
    priority: Literal["low", "medium", "high"]
    assigned_to: str | None
    assigned_name: str | None
    claim_until: datetime | None
    waiting_since: datetime
    accepted_at: datetime | None
    due_at: datetime
    snoozed_until: datetime | None
    offered_to: str | None
    rung: int
    note: str | None
    ended_at: datetime | None
    ended_by: str | None
    created_at: datetime
    updated_at: datetime


class HandoffPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [HANDOFF_EXAMPLE], "next": None}]}
    )

    items: list[HandoffOut]
    next: str | None


class Sent(BaseModel):
    """What was written has this id in the history."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"conversation_id": CONVERSATION, "message_id": MESSAGE}]}
    )

    conversation_id: str
    message_id: str


def shown(one: Handoff) -> HandoffOut:
    """A row as it is shown."""
    return HandoffOut.model_validate(one, from_attributes=True)
