"""Orders: what a customer has bought."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

COLUMNS = (
    "id, customer_id, product, amount, currency, status, tracking, ordered_at, delivered_at,"
    " created_at, updated_at"
)
SELECT = f"SELECT {COLUMNS} FROM orders"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Order:
    """`status` is processing, shipped, delivered, cancelled, refund_requested or refunded.

    `delivered_at` is None while it is not delivered, and where nobody wrote it down.
    """

    id: int
    customer_id: int
    product: str
    amount: Decimal
    currency: str
    status: str
    tracking: str | None
    ordered_at: datetime
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


async def list_orders(
    db: Connection,
    tenant: str,
    customer_id: int,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = 20,
) -> list[Order]:
    """A customer's orders, newest first; `before` is (ordered_at, id) of the last one shown."""
    at, last = before or (None, None)
    return await fetch_all(
        db,
        Order,
        SELECT + " WHERE tenant = %s AND customer_id = %s"
        " AND (%s::timestamptz IS NULL OR (ordered_at, id) < (%s, %s))"
        " ORDER BY ordered_at DESC, id DESC LIMIT %s",
        (tenant, customer_id, at, at, last, limit),
    )


async def get_order(db: Connection, tenant: str, customer_id: int, order_id: int) -> Order:
    """One order of one customer.

    Raises:
        NotFound: there is no such order, or it is somebody else's.
    """
    found = await fetch_one(
        db,
        Order,
        SELECT + " WHERE tenant = %s AND customer_id = %s AND id = %s",
        (tenant, customer_id, order_id),
    )
    return _existing(found, order_id)


async def lock_order(db: Connection, tenant: str, customer_id: int, order_id: int) -> Order:
    """The same, locked until the transaction ends.

    Raises:
        NotFound: there is no such order, or it is somebody else's.
    """
    found = await fetch_one(
        db,
        Order,
        SELECT + " WHERE tenant = %s AND customer_id = %s AND id = %s FOR NO KEY UPDATE",
        (tenant, customer_id, order_id),
    )
    return _existing(found, order_id)


async def set_status(db: Connection, tenant: str, order_id: int, status: str) -> Order:
    """Change where an order stands.

    Raises:
        NotFound: the tenant has no such order.
    """
    changed = await fetch_one(
        db,
        Order,
        "UPDATE orders SET status = %s, updated_at = now() WHERE tenant = %s AND id = %s"  # noqa: S608
        " RETURNING " + COLUMNS,
        (status, tenant, order_id),
    )
    return _existing(changed, order_id)


def _existing(found: Order | None, order_id: int) -> Order:
    if found is None:
        raise NotFound("order", order_id)
    return found
