"""Tickets: what outlives the conversation it came up in."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from data import tickets
from data.errors import Invalid, NeedsVerification, NotFound
from data.scope import Role, party_of
from data.texts import Text
from data.tickets import NewTicket
from server.access import Db, IdempotencyKey, allow
from server.answers import CONVERSATION
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SafeId
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from server.payload import HIGHEST
from tools.request import carry_out
from tools.tickets import change_ticket, open_ticket

router = APIRouter(prefix="/v1/tickets", tags=["tickets"], responses=PROBLEM_RESPONSES)

Reader = Annotated[Principal, allow(Permission.READ_TICKETS)]
Creator = Annotated[Principal, allow(Permission.CREATE_TICKETS)]
Changer = Annotated[Principal, allow(Permission.UPDATE_TICKETS)]
Id = Annotated[int, Path(ge=1, le=HIGHEST)]
Status = Literal["open", "in_progress", "resolved", "escalated"]
Priority = Literal["low", "medium", "high"]
Assignee = Annotated[Text, Field(max_length=200)]

TICKET_EXAMPLE: dict[str, Any] = {
    "id": 1001,
    "customer_id": 1,
    "conversation_id": CONVERSATION,
    "subject": "Router restarts every night",
    "description": "Since Monday, at about 3 a.m.; a new cable did not help.",
    "status": "open",
    "priority": "medium",
    "assigned_to": None,
    "channel": "web",
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}


class TicketOut(BaseModel):
    """A ticket; `customer_id` is null while nobody proved who they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [TICKET_EXAMPLE]})

    id: int
    customer_id: int | None
    conversation_id: str | None
    subject: str
    description: str
    status: Status
    priority: Priority
    assigned_to: str | None
    channel: str
    created_at: datetime
    updated_at: datetime


class TicketPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [TICKET_EXAMPLE], "next": None}]}
    )

    items: list[TicketOut]
    next: str | None


class TicketNew(BaseModel):
    """A matter to take down. Customers open their own; back ends name the customer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"subject": "Router restarts every night", "customer_id": 1}]
        },
    )

    subject: Annotated[Text, Field(max_length=200)]
    description: Annotated[str, Field(max_length=8000)] = ""
    priority: Priority = "medium"
    customer_id: Annotated[StrictInt, Field(ge=1, le=HIGHEST)] | None = None
    conversation_id: SafeId | None = None
    channel: Literal["web", "api", "email", "whatsapp", "webform"] = "api"


class TicketChange(BaseModel):
    """What is left out stays; `"assigned_to": null` takes it off whoever has it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"status": "in_progress", "assigned_to": "sam"}]},
    )

    status: Status | None = None
    assigned_to: Assignee | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give status, assigned_to or both")
        return self


@router.get("")
async def list_tickets(
    who: Reader,
    db: Db,
    customer_id: Annotated[int | None, Query(ge=1, le=HIGHEST)] = None,
    status: Status | None = None,
    assigned_to: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> TicketPage:
    """Tickets, newest first; customers see their own, apps those of the customer they name."""
    before = place_in(cursor, datetime, int)
    wanted = customer_id or who.customer_id
    if not who.sees_all and (wanted is None or not who.may_see(party_of(wanted))):
        wanted = 0  # nobody's: as with a customer who has none
    found = await tickets.list_tickets(
        db,
        who.tenant,
        customer_id=wanted,
        status=status,
        assigned_to=assigned_to,
        before=before,
        limit=limit + 1,
    )
    page, following = page_of(found, limit, lambda one: (one.created_at, one.id))
    items = [TicketOut.model_validate(one, from_attributes=True) for one in page]
    return TicketPage(items=items, next=following)


@router.post("", status_code=201)
async def create_ticket(
    body: TicketNew, who: Creator, db: Db, idempotency_key: IdempotencyKey = None
) -> TicketOut:
    """Open a ticket."""
    customer_id = _whose(who, body)
    new = NewTicket(customer_id, body.subject, body.description, body.priority, body.channel)
    done = await carry_out(
        db,
        who.scope(),
        open_ticket,
        idempotency_key,
        {"new": new, "conversation_id": body.conversation_id},
    )
    return TicketOut(**done)


@router.put("/{ticket_id}")
async def update_ticket(
    ticket_id: Id, body: TicketChange, who: Changer, db: Db, idempotency_key: IdempotencyKey = None
) -> TicketOut:
    """Change a ticket's status, or who has it."""
    given = body.model_fields_set
    if not who.sees_all and not who.may(Permission.ACT_FOR_CUSTOMERS):
        raise NotFound("ticket", ticket_id)
    done = await carry_out(
        db,
        who.scope(),
        change_ticket,
        idempotency_key,
        {
            "ticket_id": ticket_id,
            "status": body.status if "status" in given else None,
            "assigned_to": body.assigned_to,
            "unassign": "assigned_to" in given and body.assigned_to is None,
        },
    )
    return TicketOut(**done)


def _whose(who: Principal, body: TicketNew) -> int | None:
    """The customer a new ticket is for.

    Raises:
        NeedsVerification: somebody unknown wants one.
        Forbidden: the caller may not speak for that customer.
        Invalid: a back end names nobody.
    """
    if who.sees_all:
        return body.customer_id
    if who.role is Role.CUSTOMER:
        if who.customer_id is None:
            raise NeedsVerification("only a signed-in customer has tickets; or ask in the chat")
        if body.customer_id not in {None, who.customer_id}:
            raise Invalid("customer_id", "is somebody else; leave it out")
        return who.customer_id
    if body.customer_id is None:
        raise Invalid("customer_id", "name the customer whom the ticket is for")
    return who.acting_for(body.customer_id).customer_id
