"""Opening tickets, looking them up, moving them on."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from data import conversations, customers, tickets
from data.db import Connection
from data.errors import Conflict, NotFound
from data.scope import Identity, Scope
from data.texts import Text
from data.tickets import NewTicket, Ticket
from tools.arguments import Limit, Priority, TicketId, TicketStatus
from tools.identity import verified
from tools.operation import About, Change, Effect, operation
from tools.permissions import PEOPLE


@operation(Effect.READ, needs=Identity.VERIFIED, reads=("tickets",))
async def get_tickets(db: Connection, scope: Scope, limit: Limit = 10) -> list[Ticket]:
    """List this customer's support tickets with subject, status and priority."""
    return await tickets.list_tickets(db, scope.tenant, customer_id=verified(scope), limit=limit)


@operation(Effect.WRITE, writes=("tickets",))
async def create_ticket(
    db: Connection,
    scope: Scope,
    subject: Annotated[Text, Field(max_length=200, description="The matter in one line")],
    description: Annotated[
        Text, Field(max_length=4000, description="What happened, what was tried, what is wanted")
    ],
    priority: Priority = "medium",
) -> Change:
    """Open a support ticket for something that cannot be settled in this conversation.

    It is the customer's own only when they are verified; otherwise it hangs on the conversation.
    """
    new = NewTicket(scope.verified_customer, subject, description, priority)
    return Change(None, await tickets.create_ticket(db, scope, new))


async def _own_ticket(db: Connection, scope: Scope, ticket_id: int) -> Ticket:
    """The customer's own ticket, locked; somebody else's looks like one that never was."""
    found = await tickets.lock_ticket(db, scope.tenant, ticket_id)
    if found.customer_id != verified(scope):
        raise NotFound("ticket", ticket_id)
    return found


async def _ticket(db: Connection, scope: Scope, values: dict[str, Any]) -> Ticket:
    return await _own_ticket(db, scope, values["ticket_id"])


TICKET = About("ticket", Ticket, _ticket)


@operation(
    Effect.WRITE,
    needs=Identity.VERIFIED,
    reads=("tickets",),
    writes=("tickets.status",),
    about=TICKET,
)
async def update_ticket(
    db: Connection, scope: Scope, ticket_id: TicketId, status: TicketStatus
) -> Change:
    """Change the status of one of this customer's tickets.

    Raises:
        NotFound: the customer has no such ticket.
    """
    before = await _own_ticket(db, scope, ticket_id)
    after = await tickets.update_ticket(db, scope.tenant, ticket_id, status=status)
    return Change(before, after)


@operation(
    Effect.WRITE,
    needs=Identity.VERIFIED,
    reads=("tickets",),
    writes=("tickets.status",),
    about=TICKET,
)
async def escalate_ticket(
    db: Connection,
    scope: Scope,
    ticket_id: TicketId,
    reason: Annotated[Text, Field(max_length=500, description="Why it needs a senior colleague")],
) -> Change:
    """Pass one of this customer's tickets on to a senior colleague.

    The reason is kept in the write's audit row.

    Raises:
        NotFound: the customer has no such ticket.
        Conflict: it is escalated already, or resolved.
    """
    before = await _own_ticket(db, scope, ticket_id)
    if obstacle := escalation_obstacle(before):
        raise Conflict(obstacle)
    after = await tickets.update_ticket(db, scope.tenant, ticket_id, status="escalated")
    return Change(before, after)


def escalation_obstacle(ticket: Ticket) -> str | None:
    """Why a ticket cannot be escalated, or None when it can."""
    if ticket.status == "escalated":
        return f"ticket {ticket.id} is escalated already; a senior colleague has it"
    if ticket.status == "resolved":
        return f"ticket {ticket.id} is resolved; reopen it with update_ticket first"
    return None


@operation(
    Effect.WRITE,
    reads=("customers", "conversations"),
    writes=("tickets",),
)
async def open_ticket(
    db: Connection, scope: Scope, new: NewTicket, conversation_id: str | None = None
) -> Change:
    """Open a ticket for a customer, for a conversation, or for the tenant's own people.

    Raises:
        NotFound: there is no such customer, or no such conversation of theirs.
    """
    if new.customer_id is not None:
        customer = await customers.get_customer(db, scope.tenant, new.customer_id)
        new = replace(new, customer_id=customer.id)
    if conversation_id is not None:
        within = scope.within(conversation_id)
        talk = await conversations.get_conversation(db, within)
        strangers = talk.customer_id is None and scope.role in PEOPLE
        if new.customer_id not in {None, talk.customer_id} and not strangers:
            raise NotFound("conversation", conversation_id)
        new = replace(new, customer_id=new.customer_id or talk.customer_id)
    created = await tickets.create_ticket(db, scope.within(conversation_id or ""), new)
    return Change(None, created, created.customer_id)


@operation(Effect.WRITE, reads=("tickets",), writes=("tickets.status", "tickets.assigned_to"))
async def change_ticket(
    db: Connection,
    scope: Scope,
    ticket_id: int,
    status: str | None = None,
    assigned_to: str | None = None,
    unassign: bool = False,
) -> Change:
    """Move a ticket on: its status, and who has it.

    Raises:
        NotFound: there is no such ticket.
    """
    before = await tickets.lock_ticket(db, scope.tenant, ticket_id)
    after = await tickets.update_ticket(
        db, scope.tenant, ticket_id, status=status, assigned_to=assigned_to, unassign=unassign
    )
    return Change(before, after, after.customer_id)
