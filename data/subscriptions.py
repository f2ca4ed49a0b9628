"""Subscriptions: which plan a customer is on, and how it is billed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from data.db import Connection
from data.rows import fetch_all


@dataclass(frozen=True, slots=True)
class Subscription:
    """`price` is per billing cycle; name and price are None for a plan no longer on offer."""

    id: int
    customer_id: int
    plan: str
    plan_name: str | None
    price: Decimal | None
    currency: str | None
    status: str
    billing_cycle: str
    renews_on: date | None
    seats_total: int
    seats_used: int
    trial: bool


async def list_subscriptions(db: Connection, tenant: str, customer_id: int) -> list[Subscription]:
    """A customer's subscriptions, active ones first, then newest first."""
    return await fetch_all(
        db,
        Subscription,
        "SELECT s.id, s.customer_id, s.plan, p.name AS plan_name, p.price, p.currency, s.status,"
        " s.billing_cycle, s.renews_on, s.seats_total, s.seats_used, s.trial"
        " FROM subscriptions s LEFT JOIN plans p ON p.tenant = s.tenant AND p.id = s.plan"
        " WHERE s.tenant = %s AND s.customer_id = %s ORDER BY s.status <> 'active', s.id DESC",
        (tenant, customer_id),
    )
