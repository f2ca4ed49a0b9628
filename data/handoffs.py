"""Handoffs: conversations that people have to pick up. The row is the truth, not the interrupt."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from data.db import Connection
from data.errors import NotFound
from data.scope import Scope

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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


URGENCY = ("high", "medium", "low")
ORDER = (
    "(CASE WHEN status = 'pending' THEN array_position(%(urgency)s::text[], priority) ELSE 9 END,"
    " CASE WHEN status = 'pending' THEN 1 ELSE -1 END * (extract(epoch FROM"
    " CASE WHEN status = 'pending' THEN created_at ELSE updated_at END) * 1000000)::bigint, id)"
)

Place = tuple[int, int, UUID]
"""Where a handoff stands in the list: rank, microseconds (since it is over: below zero), id."""


async def list_handoffs(
    db: Connection, tenant: str, *, after: Place | None = None, limit: int = 50
) -> list[Handoff]:
    """Pending first, most urgent first, then longest waiting; then the others, newest first.

    `after` is the place of the last one of the page before.
    """
    rank, moment, last = after or (None, None, None)
    async with db.cursor(row_factory=class_row(Handoff)) as cursor:
        await cursor.execute(
            f"SELECT {COLUMNS} FROM handoffs WHERE tenant = %(tenant)s"  # noqa: S608
            " AND (%(rank)s::bigint IS NULL"
            f" OR {ORDER} > (%(rank)s::bigint, %(moment)s::bigint, %(last)s::uuid))"
            f" ORDER BY {ORDER} LIMIT %(limit)s",
            {
                "tenant": tenant,
                "urgency": list(URGENCY),
                "rank": rank,
                "moment": moment,
                "last": last,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


def place_of(handoff: Handoff) -> Place:
    """Where it stands in the list, for `list_handoffs` to go on after it."""
    pending = handoff.status == "pending"
    since = (handoff.created_at if pending else handoff.updated_at) - EPOCH
    microseconds = since // timedelta(microseconds=1)
    rank = URGENCY.index(handoff.priority) + 1 if pending else 9
    return rank, microseconds if pending else -microseconds, handoff.id


async def count_waiting(db: Connection, tenant: str) -> int:
    """How many conversations wait for somebody to accept them."""
    cursor = await db.execute(
        "SELECT count(*) FROM handoffs WHERE tenant = %s AND status = 'pending'", [tenant]
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
