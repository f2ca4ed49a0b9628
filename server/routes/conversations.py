"""Conversations and their history."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from data import conversations, messages
from data.conversations import Conversation, Filter
from data.db import Connection
from data.errors import Conflict, Invalid, NotFound
from data.messages import Message
from server.access import Db, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SAFE_ID
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, cursor_of, place_in

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], responses=PROBLEM_RESPONSES)

Reader = Annotated[Principal, allow(Permission.READ_CONVERSATIONS)]
Closer = Annotated[Principal, allow(Permission.CLOSE_CONVERSATIONS)]
Id = Annotated[str, Path(pattern=SAFE_ID)]


class ConversationOut(BaseModel):
    """A conversation as its parties and the console see it."""

    id: str
    customer_id: int | None
    channel: str
    status: Literal["active", "closed"]
    owner: Literal["ai", "queue", "operator", "closed"]
    intent: str | None
    specialist: str | None
    sentiment_score: float | None
    sentiment_label: str | None
    created_at: datetime
    updated_at: datetime


class MessageOut(BaseModel):
    """A message of the history."""

    id: str
    seq: int
    conversation_id: str
    role: Literal["customer", "assistant", "operator", "note", "system"]
    direction: Literal["inbound", "outbound"]
    content: str
    specialist: str | None
    sources: list[dict[str, Any]]
    metadata: dict[str, Any]
    created_at: datetime


class ConversationPage(BaseModel):
    items: list[ConversationOut]
    next: str | None


class MessagePage(BaseModel):
    items: list[MessageOut]
    next: str | None


class Closed(BaseModel):
    conversation_id: str
    resolution_status: Literal["escalated", "resolved", "unresolved"]
    sentiment_drift: float | None
    message: Literal["Conversation closed"]


@router.get("")
async def list_conversations(
    who: Reader,
    db: Db,
    customer_id: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    status: Literal["active", "closed"] | None = None,
    channel: Literal["web", "api", "email", "whatsapp", "webform"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ConversationPage:
    """Conversations, newest first; customers and apps see their own."""
    found = await conversations.list_conversations(
        db,
        who.tenant,
        Filter(
            party=None if who.sees_all else who.party,
            customer_id=customer_id,
            status=status,
            channel=channel,
            before=_before(cursor),
            limit=limit + 1,
        ),
    )
    page = found[:limit]
    following = cursor_of(page[-1].created_at.isoformat(), page[-1].id) if page else None
    return ConversationPage(
        items=[shown(one) for one in page], next=following if len(found) > limit else None
    )


@router.get("/{conversation_id}")
async def get_conversation(conversation_id: Id, who: Reader, db: Db) -> ConversationOut:
    """One conversation."""
    return shown(await visible(db, who, conversation_id))


@router.get("/{conversation_id}/messages")
async def get_messages(
    conversation_id: Id, who: Reader, db: Db, limit: Limit = 100, cursor: Cursor = None
) -> MessagePage:
    """The history, oldest first. Operators' private notes are for operators."""
    await visible(db, who, conversation_id)
    (after,) = place_in(cursor, int) or (0,)
    found = await messages.list_messages(
        db, who.scope(conversation_id), after=after, limit=limit + 1, notes=who.sees_all
    )
    page = found[:limit]
    return MessagePage(
        items=[_message(one) for one in page],
        next=cursor_of(page[-1].seq) if len(found) > limit else None,
    )


@router.post("/{conversation_id}/close")
async def close_conversation(conversation_id: Id, who: Closer, db: Db) -> Closed:
    """End a conversation. A message that comes later opens it again."""
    await visible(db, who, conversation_id)
    scope = who.scope(conversation_id)
    found = await conversations.lock_existing(db, scope)
    if found.turn_id is not None:
        raise Conflict("a message is being answered; close the conversation after it")
    if found.owner in {"queue", "operator"} and not who.sees_all:
        raise Conflict("people have this conversation; they close it")
    await conversations.close(db, scope)
    return Closed(
        conversation_id=conversation_id,
        resolution_status=await conversations.resolution(db, scope),
        sentiment_drift=None,
        message="Conversation closed",
    )


async def visible(db: Connection, who: Principal, conversation_id: str) -> Conversation:
    """A conversation that the caller may see.

    Raises:
        NotFound: there is none, or it is another party's: the two look the same.
    """
    found = await conversations.get_conversation(db, who.scope(conversation_id))
    if not who.sees_all and found.party != who.party:
        raise NotFound("conversation", conversation_id)
    return found


def shown(one: Conversation) -> ConversationOut:
    """Without what is only the server's affair."""
    return ConversationOut.model_validate(one, from_attributes=True)


def _message(one: Message) -> MessageOut:
    return MessageOut.model_validate(one, from_attributes=True)


def _before(cursor: str | None) -> tuple[datetime, str] | None:
    place = place_in(cursor, str, str)
    if place is None:
        return None
    try:
        return datetime.fromisoformat(place[0]), place[1]
    except ValueError as error:
        raise Invalid("cursor", "is not one that a list returned") from error
