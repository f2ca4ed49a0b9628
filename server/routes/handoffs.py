"""Conversations that wait for people, and giving them back."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from data import conversations, handoffs, messages
from data.errors import Conflict
from data.handoffs import Handoff
from data.messages import NewMessage
from graph.handback import HandBack
from server.access import App, Db, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SAFE_ID, Content
from server.errors import PROBLEM_RESPONSES
from server.paging import Limit

router = APIRouter(prefix="/v1/handoffs", tags=["handoffs"], responses=PROBLEM_RESPONSES)

Operator = Annotated[Principal, allow(Permission.WORK_HANDOFFS)]
Id = Annotated[str, Path(pattern=SAFE_ID)]


class HandoffOut(BaseModel):
    """A handoff; the strongest of `reasons` is its `reason`."""

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


class HandoffList(BaseModel):
    items: list[HandoffOut]


class OperatorReply(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"message": "Hi!"}]})

    message: Content


class Resolve(BaseModel):
    """`return_to_ai`: the assistant answers again; else the matter is closed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"return_to_ai": True, "note": "Called the customer."}]},
    )

    return_to_ai: bool
    note: Annotated[str, Field(max_length=4000)] | None = None


class Sent(BaseModel):
    conversation_id: str
    message_id: str


@router.get("")
async def list_handoffs(who: Operator, db: Db, limit: Limit = 50) -> HandoffList:
    """Pending ones first, the most urgent and then the oldest on top."""
    found = await handoffs.list_handoffs(db, who.tenant, limit=limit)
    return HandoffList(items=[_shown(one) for one in found])


@router.post("/{conversation_id}/messages", status_code=201)
async def reply(conversation_id: Id, body: OperatorReply, who: Operator, db: Db) -> Sent:
    """An operator's words to the customer, as often as needed."""
    scope = who.scope(conversation_id)
    found = await conversations.lock_existing(db, scope)
    if found.owner not in {"queue", "operator"}:
        raise Conflict("people do not have this conversation")
    message_id = str(uuid4())
    new = NewMessage(
        id=message_id, role="operator", content=body.message, metadata={"by": who.party}
    )
    await messages.add_message(db, scope, new)
    return Sent(conversation_id=conversation_id, message_id=message_id)


@router.post("/{conversation_id}/resolve")
async def resolve(conversation_id: Id, body: Resolve, who: Operator, services: App) -> HandoffOut:
    """Hand the conversation back to the assistant, or close it."""
    action: Literal["return", "resolve"] = "return" if body.return_to_ai else "resolve"
    ended = await services.handbacks.hand_back(
        who.scope(conversation_id), HandBack(action, body.note)
    )
    return _shown(ended)


def _shown(one: Handoff) -> HandoffOut:
    return HandoffOut.model_validate(one, from_attributes=True)
