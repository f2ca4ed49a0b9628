"""The operator's desk: what was said in a conversation, what to know of it, what to say."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from data import messages
from data.db import Connection
from data.errors import NotFound
from data.records import plain
from server.access import App, Db, IdempotencyKey
from server.answers import CONVERSATION, SentimentOut
from server.auth.principal import Principal
from server.doors import Content
from server.errors import PROBLEM_RESPONSES
from server.handoffs import Sent
from server.paging import Cursor, Limit, page_of, place_in
from server.payload import HIGHEST
from server.routes.conversations import (
    CONVERSATION_EXAMPLE,
    ConversationOut,
    MessagePage,
    message_out,
    visible,
)
from server.routes.conversations import shown as shown_conversation
from server.routes.customers import (
    CUSTOMER_EXAMPLE,
    ORDER_EXAMPLE,
    PROFILE_EXAMPLE,
    CustomerOut,
    OrderOut,
    ProfileOut,
)
from server.routes.handoffs import Id, Operator
from server.routes.tickets import TICKET_EXAMPLE, TicketOut
from tools.desk import desk_of
from tools.handoffs import add_note, link_customer, send_to_customer
from tools.operation import Operation
from tools.request import carry_out

router = APIRouter(prefix="/v1/handoffs", tags=["handoffs"], responses=PROBLEM_RESPONSES)

SUBSCRIPTION_EXAMPLE: dict[str, Any] = {
    "id": 1,
    "customer_id": 1,
    "plan": "home-300",
    "plan_name": "Home 300",
    "price": "49.99",
    "currency": "USD",
    "status": "active",
    "billing_cycle": "monthly",
    "renews_on": "2026-03-15",
    "seats_total": 1,
    "seats_used": 1,
    "trial": False,
}


class OperatorReply(BaseModel):
    """Words for the customer; variables such as `{{customer.name}}` are filled in."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"message": "Hi!"}]})

    message: Content


class Note(BaseModel):
    """Words for colleagues; neither the customer nor the assistant gets to see them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"note": "Has been promised a call."}]}
    )

    note: Content


class Link(BaseModel):
    """Whose conversation it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer_id": 1}]})

    customer_id: Annotated[StrictInt, Field(ge=1, le=HIGHEST)]


class Linked(BaseModel):
    """`claimed`: for colleagues only; it opens no records to whoever writes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"conversation_id": CONVERSATION, "customer_id": 1, "identity": "claimed"}]
        }
    )

    conversation_id: str
    customer_id: int
    identity: str


class Risk(BaseModel):
    """Whether to be careful with this customer, and why."""

    flag: bool
    reasons: list[str]


class ContextOut(BaseModel):
    """The context panel. Everything of the customer's is empty while nobody knows who it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation": CONVERSATION_EXAMPLE,
                    "identity": "verified",
                    "customer": CUSTOMER_EXAMPLE,
                    "orders": [ORDER_EXAMPLE],
                    "tickets": [TICKET_EXAMPLE],
                    "subscription": SUBSCRIPTION_EXAMPLE,
                    "profile": PROFILE_EXAMPLE,
                    "risk": {"flag": False, "reasons": []},
                }
            ]
        }
    )

    conversation: ConversationOut
    identity: str
    customer: CustomerOut | None
    orders: list[OrderOut]
    tickets: list[TicketOut]
    subscription: dict[str, Any] | None
    profile: ProfileOut | None
    risk: Risk


@router.get("/{conversation_id}/messages")
async def list_messages(
    conversation_id: Id, who: Operator, db: Db, limit: Limit = 100, cursor: Cursor = None
) -> MessagePage:
    """Everything that was said and noted, oldest first."""
    await visible(db, who, conversation_id)
    (after,) = place_in(cursor, int) or (0,)
    found = await messages.list_messages(
        db, who.scope(conversation_id), after=after, limit=limit + 1, notes=True
    )
    page, following = page_of(found, limit, lambda one: (one.seq,))
    return MessagePage(items=[message_out(one, who) for one in page], next=following)


@router.post("/{conversation_id}/messages", status_code=201)
async def reply(
    conversation_id: Id,
    body: OperatorReply,
    who: Operator,
    db: Db,
    idempotency_key: IdempotencyKey = None,
) -> Sent:
    """An operator's words to the customer, as often as needed.

    It takes a conversation that waits; 409 names who else has it. A variable that nothing is known
    for is a 422, and nothing is sent.
    """
    return await _written(
        who, db, conversation_id, send_to_customer, idempotency_key, {"message": body.message}
    )


@router.post("/{conversation_id}/notes", status_code=201)
async def note(
    conversation_id: Id,
    body: Note,
    who: Operator,
    db: Db,
    idempotency_key: IdempotencyKey = None,
) -> Sent:
    """A private note."""
    return await _written(who, db, conversation_id, add_note, idempotency_key, {"note": body.note})


@router.get("/{conversation_id}/context")
async def context(conversation_id: Id, who: Operator, db: Db) -> ContextOut:
    """Who it is and what they have: orders, tickets, subscription, profile, risk."""
    desk = await desk_of(db, who.scope(conversation_id))
    customer, profile = desk.customer, desk.profile
    return ContextOut(
        conversation=shown_conversation(desk.conversation, who),
        identity=desk.conversation.identity,
        customer=CustomerOut.model_validate(customer, from_attributes=True) if customer else None,
        orders=[OrderOut.model_validate(one, from_attributes=True) for one in desk.orders],
        tickets=[TicketOut.model_validate(one, from_attributes=True) for one in desk.tickets],
        subscription=plain(next(iter(desk.subscriptions), None)),
        profile=ProfileOut.model_validate(profile, from_attributes=True) if profile else None,
        risk=Risk(
            flag=bool(profile and profile.risk_flag),
            reasons=profile.risk_reasons if profile else [],
        ),
    )


@router.post("/{conversation_id}/link-customer")
async def link(
    conversation_id: Id,
    body: Link,
    who: Operator,
    db: Db,
    idempotency_key: IdempotencyKey = None,
) -> Linked:
    """Say whose conversation it is. 409 where another customer has proved that it is theirs."""
    arguments = {"customer_id": body.customer_id}
    scope = who.scope(conversation_id)
    return Linked(**await carry_out(db, scope, link_customer, idempotency_key, arguments))


@router.get("/{conversation_id}/sentiment")
async def sentiment(conversation_id: Id, who: Operator, services: App) -> SentimentOut:
    """How the customer feels, over their last five messages; 404 before they wrote any."""
    found = await services.feelings.of(who.scope(conversation_id))
    if found is None:
        raise NotFound("sentiment of conversation", conversation_id)
    return SentimentOut.model_validate(found, from_attributes=True)


async def _written(
    who: Principal,
    db: Connection,
    conversation_id: str,
    action: Operation,
    key: str | None,
    arguments: dict[str, Any],
) -> Sent:
    return Sent(**await carry_out(db, who.scope(conversation_id), action, key, arguments))
