"""Conversations that wait for people, and giving them back."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from data import conversations, handoffs, messages
from data.errors import Conflict
from data.handoffs import Handoff, place_of
from data.messages import NewMessage
from graph.handback import HandBack
from server.access import App, Db, IdempotencyKey, allow
from server.answers import CONVERSATION, MESSAGE
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SAFE_ID, Content
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in

router = APIRouter(prefix="/v1/handoffs", tags=["handoffs"], responses=PROBLEM_RESPONSES)

Operator = Annotated[Principal, allow(Permission.WORK_HANDOFFS)]
Id = Annotated[str, Path(pattern=SAFE_ID)]


HANDOFF_EXAMPLE: dict[str, Any] = {
    "id": "3f2a8c1e-0b7d-5e4f-9a6b-1c2d3e4f5a6b",
    "conversation_id": CONVERSATION,
    "customer_id": 1,
    "status": "pending",
    "reason": "human_requested",
    "reasons": ["human_requested"],
    "summary": "I want to talk to a person about order 2.",
    "priority": "medium",
    "assigned_to": None,
    "note": None,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}


class HandoffOut(BaseModel):
    """A handoff; the strongest of `reasons` is its `reason`."""

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
    note: str | None
    created_at: datetime
    updated_at: datetime


class HandoffPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [HANDOFF_EXAMPLE], "next": None}]}
    )

    items: list[HandoffOut]
    next: str | None


class OperatorReply(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"message": "Hi!"}]})

    message: Content


class Resolve(BaseModel):
    """`return_to_ai`: the assistant answers again; else the matter is closed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"return_to_ai": True, "note": "Called the customer."}]},
    )

    return_to_ai: StrictBool
    note: Annotated[str, Field(max_length=4000)] | None = None


class Sent(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"conversation_id": CONVERSATION, "message_id": MESSAGE}]}
    )

    conversation_id: str
    message_id: str


@router.get("")
async def list_handoffs(
    who: Operator, db: Db, limit: Limit = 50, cursor: Cursor = None
) -> HandoffPage:
    """Pending ones first, the most urgent and then the oldest on top.

    One whose state changes while somebody turns the pages moves within the list.
    """
    after = place_in(cursor, int, int, UUID)
    found = await handoffs.list_handoffs(db, who.tenant, after=after, limit=limit + 1)
    page, following = page_of(found, limit, place_of)
    return HandoffPage(items=[_shown(one) for one in page], next=following)


@router.post("/{conversation_id}/messages", status_code=201)
async def reply(
    conversation_id: Id,
    body: OperatorReply,
    who: Operator,
    db: Db,
    idempotency_key: IdempotencyKey = None,
) -> Sent:
    """An operator's words to the customer, as often as needed.

    With an `Idempotency-Key` the same words are sent once, however often this is called.
    """
    scope = who.scope(conversation_id)
    found = await conversations.lock_existing(db, scope)
    if found.owner not in {"queue", "operator"}:
        raise Conflict("people do not have this conversation")
    message_id = idempotency_key or str(uuid4())
    new = NewMessage(
        id=message_id, role="operator", content=body.message, metadata={"by": who.party}
    )
    await messages.add_message(db, scope, new)
    return Sent(conversation_id=conversation_id, message_id=message_id)


@router.post("/{conversation_id}/resolve")
async def resolve(
    conversation_id: Id,
    body: Resolve,
    who: Operator,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> HandoffOut:
    """Hand the conversation back to the assistant, or close it."""
    action: Literal["return", "resolve"] = "return" if body.return_to_ai else "resolve"
    ended = await services.handbacks.hand_back(
        who.scope(conversation_id), HandBack(action, body.note), idempotency_key
    )
    return _shown(ended)


def _shown(one: Handoff) -> HandoffOut:
    return HandoffOut.model_validate(one, from_attributes=True)
