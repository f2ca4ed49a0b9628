"""Tickets: matters that outlive the conversation they came up in."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one
from data.scope import Scope

COLUMNS = (
    "id, customer_id, conversation_id, subject, description, status, priority, assigned_to,"
    " channel, created_at, updated_at"
)
SELECT = f"SELECT {COLUMNS} FROM tickets"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Ticket:
    """`status` is open, in_progress, resolved or escalated; `priority` low, medium or high."""

    id: int
    customer_id: int | None
    conversation_id: str | None
    subject: str
    description: str
    status: str
    priority: str
    assigned_to: str | None
    channel: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket about to be opened. `customer_id` is None while nobody proved who they are.

    `channel` is where it came from if not from a conversation.
    """

    customer_id: int | None
    subject: str
    description: str
    priority: str = "medium"
    channel: str = "web"


async def create_ticket(db: Connection, scope: Scope, new: NewTicket) -> Ticket:
    """Open a ticket of this conversation; its channel is the conversation's."""
    created = await fetch_one(
        db,
        Ticket,
        "INSERT INTO tickets (tenant, customer_id, conversation_id, subject, description,"  # noqa: S608
        " priority, channel) VALUES (%s, %s, %s, %s, %s, %s, coalesce((SELECT channel"
        " FROM conversations WHERE tenant = %s AND id = %s), %s))"
        " RETURNING " + COLUMNS,
        (
            scope.tenant,
            new.customer_id,
            scope.conversation_id or None,
            new.subject,
            new.description,
            new.priority,
            scope.tenant,
            scope.conversation_id,
            new.channel,
        ),
    )
    return _existing(created, "new")


async def get_ticket(db: Connection, tenant: str, ticket_id: int) -> Ticket:
    """One ticket of the tenant; whether the caller may see it is the caller's affair.

    Raises:
        NotFound: the tenant has no such ticket.
    """
    found = await fetch_one(
        db, Ticket, SELECT + " WHERE tenant = %s AND id = %s", (tenant, ticket_id)
    )
    return _existing(found, ticket_id)


async def lock_ticket(db: Connection, tenant: str, ticket_id: int) -> Ticket:
    """The same, locked until the transaction ends.

    Raises:
        NotFound: the tenant has no such ticket.
    """
    found = await fetch_one(
        db,
        Ticket,
        SELECT + " WHERE tenant = %s AND id = %s FOR NO KEY UPDATE",
        (tenant, ticket_id),
    )
    return _existing(found, ticket_id)


async def list_tickets(
    db: Connection,
    tenant: str,
    *,
    customer_id: int | None = None,
    conversation_id: str | None = None,
    status: str | None = None,
    assigned_to: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Ticket]:
    """Newest first; without a customer, those of the whole tenant.

    `before` is (created_at, id) of the last ticket of the page before.
    """
    at, last = before or (None, None)
    return await fetch_all(
        db,
        Ticket,
        SELECT + " WHERE tenant = %s AND (%s::bigint IS NULL OR customer_id = %s)"
        " AND (%s::text IS NULL OR conversation_id = %s)"
        " AND (%s::text IS NULL OR status = %s) AND (%s::text IS NULL OR assigned_to = %s)"
        " AND (%s::timestamptz IS NULL OR (created_at, id) < (%s, %s))"
        " ORDER BY created_at DESC, id DESC LIMIT %s",
        (
            tenant,
            customer_id,
            customer_id,
            conversation_id,
            conversation_id,
            status,
            status,
            assigned_to,
            assigned_to,
            at,
            at,
            last,
            limit,
        ),
    )


async def count_unresolved(db: Connection, tenant: str, customer_id: int) -> int:
    """How many of a customer's tickets are not resolved."""
    cursor = await db.execute(
        "SELECT count(*) FROM tickets WHERE tenant = %s AND customer_id = %s"
        " AND status <> 'resolved'",
        (tenant, customer_id),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def update_ticket(
    db: Connection,
    tenant: str,
    ticket_id: int,
    *,
    status: str | None = None,
    assigned_to: str | None = None,
    unassign: bool = False,
) -> Ticket:
    """Change what is given and leave the rest: only those columns need to be writable.

    With `unassign` nobody has it afterwards.

    Raises:
        NotFound: the tenant has no such ticket.
    """
    given = {"status": status, "assigned_to": assigned_to}
    columns = [f"{column} = %({column})s, " for column, value in given.items() if value is not None]
    if unassign:
        columns = [*columns[: status is not None], "assigned_to = NULL, "]
    changed = await fetch_one(
        db,
        Ticket,
        f"UPDATE tickets SET {''.join(columns)}updated_at = now()"  # noqa: S608
        f" WHERE tenant = %(tenant)s AND id = %(id)s RETURNING {COLUMNS}",
        {**given, "tenant": tenant, "id": ticket_id},
    )
    return _existing(changed, ticket_id)


def _existing(found: Ticket | None, ticket_id: object) -> Ticket:
    if found is None:
        raise NotFound("ticket", ticket_id)
    return found
