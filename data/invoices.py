"""Invoices of a customer."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

SELECT = (
    "SELECT id, customer_id, period, amount, currency, due_date, status, lines, created_at,"
    " updated_at FROM invoices"
)


@dataclass(frozen=True, slots=True)
class Invoice:
    """`period` is the first day of its month; `status` is open, paid, overdue or cancelled.

    Each of `lines` has `text` and `amount` (a string with two digits, below zero for a credit).
    """

    id: str
    customer_id: int
    period: date
    amount: Decimal
    currency: str
    due_date: date
    status: str
    lines: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


async def list_invoices(
    db: Connection,
    tenant: str,
    customer_id: int,
    *,
    before: tuple[date, str] | None = None,
    limit: int = 12,
) -> list[Invoice]:
    """A customer's invoices, newest period first; `before` is (period, id) of the last shown."""
    period, last = before or (None, None)
    return await fetch_all(
        db,
        Invoice,
        SELECT + " WHERE tenant = %s AND customer_id = %s"
        " AND (%s::date IS NULL OR (period, id) < (%s, %s))"
        " ORDER BY period DESC, id DESC LIMIT %s",
        (tenant, customer_id, period, period, last, limit),
    )


async def get_invoice(db: Connection, tenant: str, customer_id: int, invoice_id: str) -> Invoice:
    """One invoice of one customer.

    Raises:
        NotFound: there is no such invoice, or it is somebody else's.
    """
    found = await fetch_one(
        db,
        Invoice,
        SELECT + " WHERE tenant = %s AND customer_id = %s AND id = %s",
        (tenant, customer_id, invoice_id),
    )
    if found is None:
        raise NotFound("invoice", invoice_id)
    return found
