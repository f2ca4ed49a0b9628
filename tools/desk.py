"""What an operator needs to know of a conversation: whose it is, and what they have."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data import conversations, customers, messages, operators, orders, profiles, subscriptions
from data import tickets as ticket_rows
from data.company import get_company
from data.conversations import Conversation
from data.customers import Customer
from data.db import Connection
from data.errors import NotFound
from data.orders import Order
from data.profiles import Profile
from data.records import plain
from data.scope import Identity, Scope
from data.subscriptions import Subscription
from data.tickets import Ticket
from tools.canned import variables_of

MOST_SHOWN = 20  # orders and tickets, newest first
MOST_READ = 50  # messages in which an order may be named

CUSTOMER = ("id", "name", "email", "phone", "plan")
ORDER = ("id", "product", "amount", "currency", "status", "tracking")
TICKET = ("id", "subject", "status")
SUBSCRIPTION = ("plan_name", "status", "price", "currency", "renews_on")
OPERATOR = ("name", "email")
"""What of each may stand in a letter; what the company thinks of a customer may not."""

NUMBER = re.compile(r"(?:\border\b\D{0,12}|#\s?)(\d{1,12})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Desk:
    """`customer` is None while nobody knows who it is, and with it everything of theirs."""

    conversation: Conversation
    customer: Customer | None
    orders: list[Order]
    tickets: list[Ticket]
    subscriptions: list[Subscription]
    profile: Profile | None


async def desk_of(db: Connection, scope: Scope) -> Desk:
    """Everything the context panel shows of the scope's conversation.

    Raises:
        NotFound: the tenant has no such conversation.
    """
    conversation = await conversations.get_conversation(db, scope)
    customer = await _customer(db, scope.tenant, conversation.customer_id)
    if customer is None:
        of_here = await ticket_rows.list_tickets(
            db, scope.tenant, conversation_id=scope.conversation_id, limit=MOST_SHOWN
        )
        return Desk(conversation, None, [], of_here, [], None)
    mine = (db, scope.tenant, customer.id)
    return Desk(
        conversation,
        customer,
        await orders.list_orders(*mine, limit=MOST_SHOWN),
        await ticket_rows.list_tickets(db, scope.tenant, customer_id=customer.id, limit=MOST_SHOWN),
        await subscriptions.list_subscriptions(*mine),
        await profiles.find_profile(*mine),
    )


async def canned_values(db: Connection, scope: Scope) -> dict[str, str]:
    """What the variables of a canned response come to in the scope's conversation.

    Of a customer who has not proved who they are nothing is put in: whoever writes there may be
    somebody else.

    Raises:
        NotFound: the tenant has no such conversation.
    """
    desk = await desk_of(db, scope)
    known: dict[str, Any] = {
        "operator": _shown(await operators.find_party(db, scope.tenant, scope.party), OPERATOR),
        "company": {"name": (await get_company(db)).name},
        "conversation": {"id": scope.conversation_id},
    }
    if desk.customer and desk.conversation.identity == Identity.VERIFIED:
        said = await messages.last_messages(db, scope, MOST_READ, roles=["customer"])
        order = order_meant([message.content for message in reversed(said)], desk.orders)
        known |= {
            "customer": {
                **_shown(desk.customer, CUSTOMER),
                "first_name": desk.customer.name.split(" ")[0],
            },
            "order": _shown(order, ORDER),
            "ticket": _shown(ticket_meant(scope.conversation_id, desk.tickets), TICKET),
            "subscription": _shown(next(iter(desk.subscriptions), None), SUBSCRIPTION),
        }
    else:
        of_here = [t for t in desk.tickets if t.conversation_id == scope.conversation_id]
        known["ticket"] = _shown(next(iter(of_here), None), TICKET)
    return variables_of(known)


def _shown(record: Any, fields: Sequence[str]) -> dict[str, Any]:
    """What of a record may stand in a letter; a status is written as people say it."""
    values = plain(record) or {}
    return {
        name: str(values.get(name) or "").replace("_", " ")
        if name == "status"
        else values.get(name)
        for name in fields
    }


def order_meant(said: Sequence[str], held: Sequence[Order]) -> Order | None:
    """The order that was spoken of last, newest message first, or the only one there is.

    A wrong order in a letter is worse than a gap in it.
    """
    by_id = {order.id: order for order in held}
    for text in said:
        for number in reversed(NUMBER.findall(text)):
            if found := by_id.get(int(number)):
                return found
        named = [order for order in held if order.product.lower() in text.lower()]
        if len(named) == 1:
            return named[0]
    return held[0] if len(held) == 1 else None


def ticket_meant(conversation_id: str, held: Sequence[Ticket]) -> Ticket | None:
    """The newest ticket of this conversation, or the only one that is not resolved."""
    here = [ticket for ticket in held if ticket.conversation_id == conversation_id]
    if here:
        return here[0]
    unresolved = [ticket for ticket in held if ticket.status != "resolved"]
    return unresolved[0] if len(unresolved) == 1 else None


async def _customer(db: Connection, tenant: str, customer_id: int | None) -> Customer | None:
    if customer_id is None:
        return None
    try:
        return await customers.get_customer(db, tenant, customer_id)
    except NotFound:  # forgotten meanwhile
        return None
