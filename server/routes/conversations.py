"""Conversations and their history."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict

from data import conversations, messages
from data.conversations import Conversation, Filter
from data.db import Connection
from data.errors import NotFound
from data.messages import Message
from data.scope import Identity, party_of
from server.access import Db, IdempotencyKey, allow
from server.answers import CONVERSATION, MESSAGE
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SAFE_ID
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from tools.conversations import close_conversation
from tools.request import carry_out

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], responses=PROBLEM_RESPONSES)

Reader = Annotated[Principal, allow(Permission.READ_CONVERSATIONS)]
Closer = Annotated[Principal, allow(Permission.CLOSE_CONVERSATIONS)]
Id = Annotated[str, Path(pattern=SAFE_ID)]


CONVERSATION_EXAMPLE: dict[str, Any] = {
    "id": CONVERSATION,
    "customer_id": 1,
    "channel": "web",
    "status": "active",
    "owner": "ai",
    "intent": "order_status",
    "specialist": "general",
    "sentiment_score": None,
    "sentiment_label": None,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:01Z",
}
MESSAGE_EXAMPLE: dict[str, Any] = {
    "id": MESSAGE,
    "seq": 41,
    "conversation_id": CONVERSATION,
    "role": "customer",
    "direction": "inbound",
    "content": "What is the status of my order?",
    "specialist": None,
    "sources": [],
    "metadata": {"channel": "web"},
    "created_at": "2026-03-01T09:30:00Z",
}


class ConversationOut(BaseModel):
    """A conversation as its parties and the console see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONVERSATION_EXAMPLE]})

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
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [CONVERSATION_EXAMPLE], "next": None}]}
    )

    items: list[ConversationOut]
    next: str | None


class MessagePage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [MESSAGE_EXAMPLE], "next": "WzQxXQ"}]}
    )

    items: list[MessageOut]
    next: str | None


class Closed(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": CONVERSATION,
                    "resolution_status": "resolved",
                    "sentiment_drift": None,
                    "message": "Conversation closed",
                }
            ]
        }
    )

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
    """Conversations, newest first; customers and apps see their own.

    An app that may act for customers sees a customer's with `customer_id`.
    """
    theirs = customer_id is not None and who.may_see(party_of(customer_id))
    found = await conversations.list_conversations(
        db,
        who.tenant,
        Filter(
            party=None if who.sees_all or theirs else who.party,
            customer_id=customer_id,
            claimed=who.sees_all,
            status=status,
            channel=channel,
            before=place_in(cursor, datetime, str),
            limit=limit + 1,
        ),
    )
    page, following = page_of(found, limit, lambda one: (one.created_at, one.id))
    return ConversationPage(items=[shown(one, who) for one in page], next=following)


@router.get("/{conversation_id}")
async def get_conversation(conversation_id: Id, who: Reader, db: Db) -> ConversationOut:
    """One conversation."""
    return shown(await visible(db, who, conversation_id), who)


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
    page, following = page_of(found, limit, lambda one: (one.seq,))
    return MessagePage(items=[message_out(one, who) for one in page], next=following)


@router.post("/{conversation_id}/close")
async def close(
    conversation_id: Id, who: Closer, db: Db, idempotency_key: IdempotencyKey = None
) -> Closed:
    """End a conversation. A message that comes later opens it again."""
    await visible(db, who, conversation_id)
    scope = who.scope(conversation_id)
    done = await carry_out(db, scope, close_conversation, idempotency_key, {})
    return Closed(**done, message="Conversation closed")


async def visible(db: Connection, who: Principal, conversation_id: str) -> Conversation:
    """A conversation that the caller may see.

    Raises:
        NotFound: there is none, or it is another party's: the two look the same.
    """
    found = await conversations.get_conversation(db, who.scope(conversation_id))
    if not who.may_see(found.party):
        raise NotFound("conversation", conversation_id)
    return found


def shown(one: Conversation, who: Principal) -> ConversationOut:
    """Without what is only the server's affair.

    Whom a party only says to be is for colleagues: to the party it would tell that there is such
    a customer.
    """
    found = ConversationOut.model_validate(one, from_attributes=True)
    if one.identity != Identity.VERIFIED and not who.sees_all:
        found.customer_id = None
    return found


def message_out(one: Message, who: Principal) -> MessageOut:
    """With `by`, the name of the operator's credential, only where colleagues read."""
    message = MessageOut.model_validate(one, from_attributes=True)
    if not who.sees_all:
        message.metadata.pop("by", None)
    return message
