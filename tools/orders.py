"""What a customer has ordered, and asking for the money back."""

from data import orders
from data.db import Connection
from data.errors import Conflict
from data.orders import Order
from data.scope import Identity, Scope
from tools.arguments import Limit, OrderId
from tools.identity import verified
from tools.operation import Change, Effect, operation

REFUNDABLE = frozenset({"shipped", "delivered"})


@operation(Effect.READ, needs=Identity.VERIFIED, reads=("orders",))
async def get_orders(db: Connection, scope: Scope, limit: Limit = 10) -> list[Order]:
    """List this customer's orders with product, amount, status and tracking number."""
    return await orders.list_orders(db, scope.tenant, verified(scope), limit=limit)


@operation(
    Effect.WRITE, needs=Identity.VERIFIED, reads=("orders",), writes=("orders.refund_requested",)
)
async def flag_refund(db: Connection, scope: Scope, order_id: OrderId) -> Change:
    """Ask for a refund of one of this customer's orders; people decide on it later.

    Raises:
        NotFound: the customer has no such order.
        Conflict: the order stands where no refund can be asked for.
    """
    before = await orders.lock_order(db, scope.tenant, verified(scope), order_id)
    if obstacle := refund_obstacle(before):
        raise Conflict(obstacle)
    after = await orders.set_status(db, scope.tenant, order_id, "refund_requested")
    return Change(before, after)


def refund_obstacle(order: Order) -> str | None:
    """Why no refund can be asked for, or None when it can."""
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
