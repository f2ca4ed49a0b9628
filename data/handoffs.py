"""Handoffs: conversations that people have to pick up. The row is the truth, not the interrupt."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from data.db import Connection
from data.errors import NotFound
from data.scope import Scope

COLUMNS = (
    "id, conversation_id, customer_id, status, reason, reasons, summary, priority, interrupt_id,"
    " assigned_to, note, created_at, updated_at"
)


@dataclass(frozen=True, slots=True)
class NewHandoff:
    """A handoff about to be opened. `reason` is the strongest of `reasons`."""

    id: UUID
    reason: str
    reasons: tuple[str, ...]
    summary: str
    priority: str
    interrupt_id: str | None


@dataclass(frozen=True, slots=True)
class Handoff:
    """`status` is pending, accepted, returned, resolved or expired."""

    id: UUID
    conversation_id: str
    customer_id: int | None
    status: str
    reason: str
    reasons: list[str]
    summary: str
    priority: str
    interrupt_id: str | None
    assigned_to: str | None
    note: str | None
    created_at: datetime
    updated_at: datetime


async def open_handoff(db: Connection, scope: Scope, turn_id: UUID, new: NewHandoff) -> None:
    """Put the conversation in the queue. Doing it twice changes nothing."""
    await db.execute(
        "INSERT INTO handoffs (tenant, id, conversation_id, turn_id, customer_id, reason, reasons,"
        " summary, priority, interrupt_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (
            scope.tenant,
            new.id,
            scope.conversation_id,
            turn_id,
            scope.customer_id,
            new.reason,
            list(new.reasons),
            new.summary,
            new.priority,
            new.interrupt_id,
        ),
    )


async def lock_open_handoff(db: Connection, scope: Scope) -> Handoff:
    """The conversation's open handoff, locked until the transaction ends.

    Raises:
        NotFound: it has none; it was never handed over, or was handed back already.
    """
    async with db.cursor(row_factory=class_row(Handoff)) as cursor:
        await cursor.execute(
            f"SELECT {COLUMNS} FROM handoffs WHERE tenant = %s AND conversation_id = %s"  # noqa: S608
            " AND status IN ('pending', 'accepted') FOR UPDATE",
            (scope.tenant, scope.conversation_id),
        )
        found = await cursor.fetchone()
    if found is None:
        raise NotFound("open handoff of conversation", scope.conversation_id)
    return found


async def close_handoff(
    db: Connection, tenant: str, handoff_id: UUID, status: str, note: str | None
) -> None:
    """End it as `returned` (the AI goes on) or `resolved`."""
    await db.execute(
        "UPDATE handoffs SET status = %s, note = %s, updated_at = now()"
        " WHERE tenant = %s AND id = %s",
        (status, note, tenant, handoff_id),
    )


async def list_handoffs(db: Connection, tenant: str, *, limit: int = 50) -> list[Handoff]:
    """Pending first, most urgent first, then longest waiting; then the others, newest first."""
    async with db.cursor(row_factory=class_row(Handoff)) as cursor:
        await cursor.execute(
            f"SELECT {COLUMNS} FROM handoffs WHERE tenant = %s"  # noqa: S608
            " ORDER BY status <> 'pending',"
            " CASE WHEN status = 'pending'"
            "   THEN array_position(ARRAY['high', 'medium', 'low'], priority) END,"
            " CASE WHEN status = 'pending' THEN created_at END, updated_at DESC LIMIT %s",
            (tenant, limit),
        )
        return await cursor.fetchall()


async def count_waiting(db: Connection, tenant: str) -> int:
    """How many conversations wait for somebody to accept them."""
    cursor = await db.execute(
        "SELECT count(*) FROM handoffs WHERE tenant = %s AND status = 'pending'", [tenant]
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
