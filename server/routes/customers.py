"""Customers and what they have: orders, tickets, invoices, and their profile."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from data import customers, invoices, orders, profiles, tickets
from data.customers import Customer
from data.db import Connection
from data.errors import NotFound
from data.scope import Role, party_of
from server.access import Db, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from server.payload import HIGHEST
from server.routes.tickets import TicketOut, TicketPage

router = APIRouter(prefix="/v1/customers", tags=["customers"], responses=PROBLEM_RESPONSES)

Reader = Annotated[Principal, allow(Permission.READ_CUSTOMERS)]
ProfileReader = Annotated[Principal, allow(Permission.READ_PROFILES)]
Id = Annotated[int, Path(ge=1, le=HIGHEST)]

STAMPS = {"created_at": "2026-03-01T09:30:00Z", "updated_at": "2026-03-01T09:30:01Z"}
CUSTOMER_EXAMPLE: dict[str, Any] = {
    "id": 1,
    "name": "Alice Johnson",
    "email": "alice@example.com",
    "phone": "+1 555 0101",
    "sentiment_score": None,
    **STAMPS,
}
ORDER_EXAMPLE: dict[str, Any] = {
    "id": 2,
    "customer_id": 1,
    "product": "Phone Case",
    "amount": "19.99",
    "currency": "USD",
    "status": "shipped",
    "tracking": "SWP4821966120",
    "ordered_at": "2026-02-27T10:00:00Z",
    **STAMPS,
}
INVOICE_EXAMPLE: dict[str, Any] = {
    "id": "INV-2026-03-1",
    "customer_id": 1,
    "period": "2026-03-01",
    "amount": "49.99",
    "currency": "USD",
    "due_date": "2026-03-15",
    "status": "open",
    "lines": [{"text": "Fiber 300", "amount": "49.99"}],
    **STAMPS,
}
PROFILE_EXAMPLE: dict[str, Any] = {
    "customer_id": 1,
    "total_sessions": 3,
    "total_escalations": 0,
    "resolution_rate": 1.0,
    "weighted_sentiment": 0.4,
    "avg_sentiment_drift": 0.2,
    "topic_frequency": {"order_status": 2, "return_policy": 1},
    "loyalty_tier": "silver",
    "total_spend": "199.97",
    "risk_flag": False,
    "risk_reasons": [],
    "preferred_tone": "friendly",
    "first_contact": "2026-01-10T08:00:00Z",
    "last_contact": "2026-03-01T09:30:00Z",
    "last_resolution_status": "resolved",
}


class CustomerOut(BaseModel):
    """A customer. `sentiment_score` is -1..1, for the company's own people only."""

    model_config = ConfigDict(json_schema_extra={"examples": [CUSTOMER_EXAMPLE]})

    id: int
    name: str
    email: str
    phone: str | None
    sentiment_score: float | None
    created_at: datetime
    updated_at: datetime


class OrderOut(BaseModel):
    """An order; `amount` is a decimal number as text."""

    id: int
    customer_id: int
    product: str
    amount: Decimal
    currency: str
    status: Literal[
        "processing", "shipped", "delivered", "cancelled", "refund_requested", "refunded"
    ]
    tracking: str | None
    ordered_at: datetime
    created_at: datetime
    updated_at: datetime


class OrderPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [ORDER_EXAMPLE], "next": None}]}
    )

    items: list[OrderOut]
    next: str | None


class InvoiceOut(BaseModel):
    """An invoice; `period` is the first day of its month."""

    id: str
    customer_id: int
    period: date
    amount: Decimal
    currency: str
    due_date: date
    status: Literal["open", "paid", "overdue", "cancelled"]
    lines: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


class InvoicePage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [INVOICE_EXAMPLE], "next": None}]}
    )

    items: list[InvoiceOut]
    next: str | None


class ProfileOut(BaseModel):
    """What all of a customer's sessions add up to.

    `resolution_rate` is 0..1, `weighted_sentiment` -1..1, `avg_sentiment_drift` -2..2.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [PROFILE_EXAMPLE]})

    customer_id: int
    total_sessions: int
    total_escalations: int
    resolution_rate: float
    weighted_sentiment: float
    avg_sentiment_drift: float
    topic_frequency: dict[str, int]
    loyalty_tier: Literal["standard", "silver", "gold", "platinum"]
    total_spend: Decimal
    risk_flag: bool
    risk_reasons: list[str]
    preferred_tone: str | None
    first_contact: datetime | None
    last_contact: datetime | None
    last_resolution_status: str | None


@router.get("/{customer_id}")
async def get_customer(customer_id: Id, who: Reader, db: Db) -> CustomerOut:
    """One customer; customers see themselves."""
    return shown(await visible(db, who, customer_id), who)


@router.get("/{customer_id}/orders")
async def list_orders(
    customer_id: Id, who: Reader, db: Db, limit: Limit = 50, cursor: Cursor = None
) -> OrderPage:
    """What the customer ordered, newest first."""
    customer = await visible(db, who, customer_id)
    found = await orders.list_orders(
        db, who.tenant, customer.id, before=place_in(cursor, datetime, int), limit=limit + 1
    )
    page, following = page_of(found, limit, lambda one: (one.ordered_at, one.id))
    items = [OrderOut.model_validate(one, from_attributes=True) for one in page]
    return OrderPage(items=items, next=following)


@router.get("/{customer_id}/tickets")
async def list_tickets(
    customer_id: Id, who: Reader, db: Db, limit: Limit = 50, cursor: Cursor = None
) -> TicketPage:
    """The customer's tickets, newest first."""
    customer = await visible(db, who, customer_id)
    before = place_in(cursor, datetime, int)
    found = await tickets.list_tickets(
        db, who.tenant, customer_id=customer.id, before=before, limit=limit + 1
    )
    page, following = page_of(found, limit, lambda one: (one.created_at, one.id))
    items = [TicketOut.model_validate(one, from_attributes=True) for one in page]
    return TicketPage(items=items, next=following)


@router.get("/{customer_id}/invoices")
async def list_invoices(
    customer_id: Id, who: Reader, db: Db, limit: Limit = 50, cursor: Cursor = None
) -> InvoicePage:
    """The customer's invoices, newest period first."""
    customer = await visible(db, who, customer_id)
    found = await invoices.list_invoices(
        db, who.tenant, customer.id, before=place_in(cursor, date, str), limit=limit + 1
    )
    page, following = page_of(found, limit, lambda one: (one.period, one.id))
    items = [InvoiceOut.model_validate(one, from_attributes=True) for one in page]
    return InvoicePage(items=items, next=following)


@router.get("/{customer_id}/profile")
async def get_profile(customer_id: Id, who: ProfileReader, db: Db) -> ProfileOut:
    """What the company knows from the customer's sessions; 404 before the first one ended."""
    customer = await visible(db, who, customer_id)
    found = await profiles.find_profile(db, who.tenant, customer.id)
    if found is None:
        raise NotFound("profile of customer", customer_id)
    return ProfileOut.model_validate(found, from_attributes=True)


async def visible(db: Connection, who: Principal, customer_id: int) -> Customer:
    """A customer that the caller may see.

    Raises:
        NotFound: there is none, or it is somebody else: the two look the same.
    """
    found = await customers.get_customer(db, who.tenant, customer_id)
    if not who.may_see(party_of(found.id)):
        raise NotFound("customer", customer_id)
    return found


def shown(customer: Customer, who: Principal) -> CustomerOut:
    """Customers are not told what the company thinks of them."""
    out = CustomerOut.model_validate(customer, from_attributes=True)
    return out.model_copy(update={"sentiment_score": None}) if who.role is Role.CUSTOMER else out
