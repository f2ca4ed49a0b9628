"""What the entries of a tenant's YAML files look like, and the rows they become.

Dates are written relative to the day of loading (`days_ago: 3`), so that a demo is always fresh.
Times count from the first moment of that day, UTC, so nothing lies in the future.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field

from data.records import plain
from data.texts import Text

Row = dict[str, Any]

Id = Annotated[int, Field(ge=1, le=1000)]  # the database counts from 1001 on
Word = Annotated[Text, Field(max_length=200)]
Prose = Annotated[Text, Field(max_length=8000)]
Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Past = Annotated[int, Field(ge=0, le=36_500)]
Days = Annotated[int, Field(ge=-36_500, le=36_500)]
Share = Annotated[float, Field(ge=0, le=1)]
Sentiment = Annotated[float, Field(ge=-1, le=1)]
Drift = Annotated[float, Field(ge=-2, le=2)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


def moment(today: date, *, days: int = 0, hours: int = 0) -> datetime:
    """So long before the first moment of today, UTC."""
    start = datetime(today.year, today.month, today.day, tzinfo=UTC)
    return start - timedelta(days=days, hours=hours)


def first_of_month(today: date, months_ago: int) -> date:
    """The first day of the month so many months before today's.

    >>> first_of_month(date(2026, 1, 31), 1)
    datetime.date(2025, 12, 1)
    """
    month = today.year * 12 + today.month - 1 - months_ago
    return date(month // 12, month % 12 + 1, 1)


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    def row(self, today: date, position: int) -> Row:
        """The columns; `position` counts from 1 and is the id of an entry that has none."""
        raise NotImplementedError


class PlanEntry(Entry):
    """Whatever else an entry holds (`speed_mbps`, `term_months`) becomes its attributes."""

    model_config = ConfigDict(extra="allow")

    id: Word
    name: Word
    kind: Word
    price: Money
    currency: Currency
    description: Prose

    def row(self, today: date, position: int) -> Row:
        own = self.model_dump(exclude=set(self.model_extra or {}))
        return own | {"attributes": Jsonb(plain(self.model_extra or {}))}


class CannedEntry(Entry):
    id: Id | None = None
    shortcut: Annotated[str, Field(pattern=r"^/[a-z0-9_-]{1,40}$")]
    title: Word
    category: Word
    content: Prose

    def row(self, today: date, position: int) -> Row:
        return self.model_dump() | {"id": self.id or position}


class CustomerEntry(Entry):
    id: Id
    name: Word
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    phone: Word | None = None
    plan: Word | None = None
    since_days: Past
    sentiment_score: Sentiment | None = None

    def row(self, today: date, position: int) -> Row:
        own = self.model_dump(exclude={"since_days"})
        return own | {"since": today - timedelta(days=self.since_days)}


class OrderEntry(Entry):
    id: Id
    customer_id: Id
    product: Word
    amount: Money
    currency: Currency
    status: Literal[
        "processing", "shipped", "delivered", "cancelled", "refund_requested", "refunded"
    ]
    days_ago: Past
    delivered_days_ago: Past | None = None
    tracking: Word | None = None

    def row(self, today: date, position: int) -> Row:
        at, there = moment(today, days=self.days_ago), self.delivered_days_ago
        return self.model_dump(exclude={"days_ago", "delivered_days_ago"}) | {
            "ordered_at": at,
            "delivered_at": None if there is None else moment(today, days=there),
            "created_at": at,
        }


class TicketEntry(Entry):
    id: Id
    customer_id: Id
    subject: Word
    description: Prose
    status: Literal["open", "in_progress", "resolved", "escalated"]
    priority: Literal["low", "medium", "high"]
    days_ago: Past

    def row(self, today: date, position: int) -> Row:
        at = moment(today, days=self.days_ago)
        return self.model_dump(exclude={"days_ago"}) | {"created_at": at, "updated_at": at}


class InvoiceLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Word
    amount: Money


class InvoiceEntry(Entry):
    id: Word
    customer_id: Id
    months_ago: Annotated[int, Field(ge=0, le=1200)]
    amount: Money
    currency: Currency
    due_in_days: Days
    status: Literal["open", "paid", "overdue", "cancelled"]
    lines: list[InvoiceLine]

    def row(self, today: date, position: int) -> Row:
        return {
            "id": self.id,
            "customer_id": self.customer_id,
            "period": first_of_month(today, self.months_ago),
            "amount": self.amount,
            "currency": self.currency,
            "due_date": today + timedelta(days=self.due_in_days),
            "status": self.status,
            "lines": Jsonb([{"text": x.text, "amount": f"{x.amount:.2f}"} for x in self.lines]),
        }


class SubscriptionEntry(Entry):
    id: Id | None = None
    customer_id: Id
    plan: Word
    status: Word
    billing_cycle: Word
    renews_in_days: Days | None
    seats_total: Count = 1
    seats_used: Count = 1
    trial: bool = False

    def row(self, today: date, position: int) -> Row:
        days = self.renews_in_days
        renews_on = None if days is None else today + timedelta(days=days)
        own = self.model_dump(exclude={"renews_in_days"})
        return own | {"id": self.id or position, "renews_on": renews_on}


class LineEntry(Entry):
    id: Id | None = None
    customer_id: Id
    kind: Word
    status: Literal["ok", "degraded", "down"]
    detail: Prose

    def row(self, today: date, position: int) -> Row:
        return self.model_dump() | {"id": self.id or position}


class IncidentEntry(Entry):
    id: Id
    service: Word
    area: Word
    status: Literal["investigating", "identified", "monitoring", "resolved"]
    summary: Prose
    hours_ago: Past

    def row(self, today: date, position: int) -> Row:
        at = moment(today, hours=self.hours_ago)
        return self.model_dump(exclude={"hours_ago"}) | {"started_at": at}


class InsightEntry(Entry):
    session: Word
    customer_id: Id
    sentiment_score: Sentiment | None
    sentiment_label: Literal["negative", "neutral", "positive"] | None
    sentiment_start: Sentiment | None
    sentiment_end: Sentiment | None
    sentiment_drift: Drift | None
    intent_primary: Word | None
    handoff_occurred: bool
    handoff_reason: Word | None
    resolution_status: Literal["resolved", "unresolved", "escalated"]
    message_count: Count
    tool_calls: list[Word]
    tone_used: Word | None
    assigned_specialist: Word | None
    days_ago: Past

    def row(self, today: date, position: int) -> Row:
        at = moment(today, days=self.days_ago)
        return self.model_dump(exclude={"days_ago"}) | {"closed_at": at}


class ProfileEntry(Entry):
    customer_id: Id
    total_sessions: Count
    total_escalations: Count
    resolution_rate: Share
    weighted_sentiment: Sentiment
    avg_sentiment_drift: Drift
    topic_frequency: dict[str, Count]
    loyalty_tier: Literal["standard", "silver", "gold", "platinum"]
    total_spend: Money
    risk_flag: bool
    risk_reasons: list[Prose]
    preferred_tone: Word | None
    first_contact_days_ago: Past | None
    last_contact_days_ago: Past | None
    last_resolution_status: Word | None

    def row(self, today: date, position: int) -> Row:
        first, last = self.first_contact_days_ago, self.last_contact_days_ago
        own = self.model_dump(exclude={"first_contact_days_ago", "last_contact_days_ago"})
        return own | {
            "topic_frequency": Jsonb(self.topic_frequency),
            "first_contact": None if first is None else moment(today, days=first),
            "last_contact": None if last is None else moment(today, days=last),
        }
