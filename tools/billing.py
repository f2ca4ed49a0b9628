"""What billing can look up."""

from data import invoices, subscriptions
from data.db import Connection
from data.invoices import Invoice
from data.scope import Identity, Scope
from data.subscriptions import Subscription
from tools.arguments import Limit
from tools.identity import verified
from tools.operation import Effect, operation


@operation(Effect.READ, needs=Identity.VERIFIED, reads=("invoices",))
async def get_invoices(db: Connection, scope: Scope, limit: Limit = 6) -> list[Invoice]:
    """List this customer's invoices with their lines, amount, due date and status."""
    return await invoices.list_invoices(db, scope.tenant, verified(scope), limit=limit)


@operation(Effect.READ, needs=Identity.VERIFIED, reads=("subscriptions", "plans"))
async def get_subscription(db: Connection, scope: Scope) -> list[Subscription]:
    """Show this customer's subscriptions: plan, price, billing cycle and renewal date."""
    return await subscriptions.list_subscriptions(db, scope.tenant, verified(scope))
