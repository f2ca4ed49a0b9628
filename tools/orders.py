"""What a customer has ordered, and asking for the money back."""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from data import orders
from data.company import Company, get_company
from data.db import Connection
from data.errors import Conflict
from data.orders import Order
from data.scope import Identity, Scope
from tools.arguments import Limit, OrderId
from tools.identity import verified
from tools.operation import About, Change, Effect, operation

REFUNDABLE = frozenset({"shipped", "delivered"})

REFUND_DAYS = 30  # for a defective item, where the company's file has no `refund_days`
DELIVERY_DAYS = 7  # from order to door, where it has no `delivery_days`


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """`days` after delivery; `delivery_days` stands for a delivery that nobody wrote down."""

    days: int = REFUND_DAYS
    delivery_days: int = DELIVERY_DAYS


@dataclass(frozen=True, slots=True)
class OrderCard(Order):
    """`refundable_until` is the last day for asking for a refund; None before delivery."""

    refundable_until: date | None


@operation(Effect.READ, needs=Identity.VERIFIED, reads=("orders",))
async def get_orders(db: Connection, scope: Scope, limit: Limit = 10) -> list[OrderCard]:
    """List this customer's orders with product, amount, status and tracking number."""
    policy = policy_of(await get_company(db))
    found = await orders.list_orders(db, scope.tenant, verified(scope), limit=limit)
    return [_card(order, policy) for order in found]


async def _order(db: Connection, scope: Scope, values: dict[str, Any]) -> Order:
    return await orders.lock_order(db, scope.tenant, verified(scope), values["order_id"])


@operation(
    Effect.WRITE,
    needs=Identity.VERIFIED,
    reads=("orders",),
    writes=("orders.status=refund_requested",),
    about=About("order", Order, _order),
)
async def flag_refund(db: Connection, scope: Scope, order_id: OrderId) -> Change:
    """Ask for a refund of one of this customer's orders; people decide on it later.

    Raises:
        NotFound: the customer has no such order.
        Conflict: the order stands where no refund can be asked for, or it is too late.
    """
    policy = policy_of(await get_company(db))
    before = await orders.lock_order(db, scope.tenant, verified(scope), order_id)
    if obstacle := refund_obstacle(before, policy, datetime.now(UTC).date()):
        raise Conflict(obstacle)
    after = await orders.set_status(db, scope.tenant, order_id, "refund_requested")
    return Change(before, after)


def policy_of(company: Company) -> RefundPolicy:
    """The company's own, as far as its file says so; what is no count of days is left aside."""
    return RefundPolicy(
        _days(company.settings.get("refund_days"), REFUND_DAYS),
        _days(company.settings.get("delivery_days"), DELIVERY_DAYS),
    )


def refundable_until(order: Order, policy: RefundPolicy) -> date | None:
    """The last day, UTC, for asking; None while the order is not delivered."""
    if order.status != "delivered":
        return None
    arrived = order.delivered_at or order.ordered_at + timedelta(days=policy.delivery_days)
    return arrived.astimezone(UTC).date() + timedelta(days=policy.days)


def refund_obstacle(order: Order, policy: RefundPolicy, today: date) -> str | None:
    """Why no refund can be asked for, or None when it can."""
    last = refundable_until(order, policy)
    if last is not None and today > last:
        return (
            f"a refund of order {order.id} could be asked for until {last}, {policy.days} days"
            " after delivery; only a person can decide beyond that, so hand it over (`refund`)"
        )
    if order.status in REFUNDABLE:
        return None
    if order.status == "refund_requested":
        return f"a refund of order {order.id} has been asked for already and is being looked at"
    if order.status == "refunded":
        return f"order {order.id} has been refunded already"
    return (
        f"order {order.id} is {order.status}; a refund can be asked for once an order is shipped"
        " or delivered"
    )


def _card(order: Order, policy: RefundPolicy) -> OrderCard:
    known = {field.name: getattr(order, field.name) for field in fields(order)}
    return OrderCard(**known, refundable_until=refundable_until(order, policy))


def _days(written: object, otherwise: int) -> int:
    counted = isinstance(written, int) and not isinstance(written, bool) and 0 <= written <= 3650
    return int(str(written)) if counted else otherwise
