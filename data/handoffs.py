"""Handoffs: conversations that people have to pick up. The row is the truth, not the interrupt.

Who owns a conversation changes together with its handoff, in one statement; the constraint
trigger `one_owner` refuses a transaction after which the two disagree.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from data.db import Connection
from data.errors import NotFound
from data.events import append_event
from data.records import plain
from data.rows import fetch_all, fetch_one
from data.scope import Scope

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NAME_OF: LiteralString = (
    "(SELECT coalesce(nullif(o.name, ''), o.email) FROM operators o"
    " WHERE o.tenant = handoffs.tenant AND 'operator:' || o.id = handoffs.{who})"
)
COLUMNS: LiteralString = (
    "id, conversation_id, customer_id, status, reason, reasons, summary, priority, interrupt_id,"
    " assigned_to, "
    + NAME_OF.replace("{who}", "assigned_to")
    + " AS assigned_name, note, claim_until, accepted_at, waiting_since, due_at, snoozed_until,"
    " offered_to, last_holder, rung, next_rung_at, ended_at, ended_by, "
    + NAME_OF.replace("{who}", "ended_by")
    + " AS ended_name, created_at, updated_at"
)


@dataclass(frozen=True, slots=True)
class NewHandoff:
    """A handoff about to be opened. `reason` is the strongest of `reasons`.

    Somebody should have accepted it `answer_within_s` seconds later.
    """

    id: UUID
    reason: str
    reasons: tuple[str, ...]
    summary: str
    priority: str
    interrupt_id: str | None
    answer_within_s: int


@dataclass(frozen=True, slots=True)
class Handoff:
    """`status` is pending, accepted, returned, resolved, or expired: nobody took it.

    `assigned_to` is the party that has it, or had it when it ended; `claim_until` is when that
    claim runs out without a sign of life. `waiting_since`: in the queue this time. `rung`: how far
    up the ladder it is because nobody took it; `offered_to` should take it then.
    """

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
    assigned_name: str | None
    note: str | None
    claim_until: datetime | None
    accepted_at: datetime | None
    waiting_since: datetime
    due_at: datetime
    snoozed_until: datetime | None
    offered_to: str | None
    last_holder: str | None
    rung: int
    next_rung_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    ended_name: str | None
    created_at: datetime
    updated_at: datetime


async def open_handoff(db: Connection, scope: Scope, turn_id: UUID, new: NewHandoff) -> None:
    """Put the conversation in the queue. Doing it twice changes nothing.

    The customer is whoever the conversation is linked to by now.
    """
    await db.execute(
        "WITH opened AS ("
        "  INSERT INTO handoffs (tenant, id, conversation_id, turn_id, customer_id, reason,"
        "   reasons, summary, priority, interrupt_id, due_at, next_rung_at)"
        "  SELECT %(tenant)s, %(id)s, c.id, %(turn)s, c.customer_id, %(reason)s, %(reasons)s,"
        "   %(summary)s, %(priority)s, %(interrupt)s, now() + %(within)s, now() + %(within)s"
        "  FROM conversations c WHERE c.tenant = %(tenant)s AND c.id = %(conversation)s"
        "  ON CONFLICT DO NOTHING RETURNING conversation_id)"
        " UPDATE conversations SET owner = 'queue', updated_at = now() FROM opened"
        " WHERE tenant = %(tenant)s AND id = opened.conversation_id",
        {
            "tenant": scope.tenant,
            "id": new.id,
            "conversation": scope.conversation_id,
            "turn": turn_id,
            "reason": new.reason,
            "reasons": list(new.reasons),
            "summary": new.summary,
            "priority": new.priority,
            "interrupt": new.interrupt_id,
            "within": timedelta(seconds=new.answer_within_s),
        },
    )


async def lock_open_handoff(db: Connection, scope: Scope) -> Handoff:
    """The conversation's open handoff, locked until the transaction ends.

    Raises:
        NotFound: it has none; it was never handed over, or was handed back already.
    """
    found = await fetch_one(
        db,
        Handoff,
        f"SELECT {COLUMNS} FROM handoffs WHERE tenant = %s AND conversation_id = %s"  # noqa: S608
        " AND status IN ('pending', 'accepted') FOR UPDATE",
        (scope.tenant, scope.conversation_id),
    )
    if found is None:
        raise NotFound("open handoff of conversation", scope.conversation_id)
    return found


async def find_last(db: Connection, scope: Scope) -> Handoff | None:
    """The conversation's latest handoff, open or not; None where there never was one."""
    return await fetch_one(
        db,
        Handoff,
        f"SELECT {COLUMNS} FROM handoffs WHERE tenant = %s AND conversation_id = %s"  # noqa: S608
        " ORDER BY created_at DESC, id LIMIT 1",
        (scope.tenant, scope.conversation_id),
    )


async def close_handoff(
    db: Connection, scope: Scope, handoff_id: UUID, status: str, note: str | None = None
) -> None:
    """End it as `returned` or `expired` (the AI owns the conversation) or `resolved` (closed)."""
    await db.execute(
        "WITH ended AS ("
        "  UPDATE handoffs SET status = %(status)s, note = %(note)s, claim_until = NULL,"
        "  assigned_to = CASE %(status)s WHEN 'expired' THEN assigned_to"
        "   ELSE coalesce(assigned_to, %(by)s) END, snoozed_until = NULL, offered_to = NULL,"
        "  next_rung_at = NULL, ended_at = now(), ended_by = %(by)s, updated_at = now()"
        "  WHERE tenant = %(tenant)s AND id = %(id)s AND ended_at IS NULL"
        "  RETURNING conversation_id)"
        " UPDATE conversations SET updated_at = now(),"
        " owner = CASE %(status)s WHEN 'resolved' THEN 'closed' ELSE 'ai' END,"
        " status = CASE %(status)s WHEN 'resolved' THEN 'closed' ELSE conversations.status END"
        " FROM ended WHERE tenant = %(tenant)s AND id = ended.conversation_id",
        {
            "tenant": scope.tenant,
            "id": handoff_id,
            "status": status,
            "note": note,
            "by": scope.party,
        },
    )
    state = {"owner": "closed", "status": "closed"} if status == "resolved" else {"owner": "ai"}
    await append_event(db, scope, "state", state)


def standing(handoff: Handoff) -> dict[str, Any]:
    """What colleagues are told of an open handoff."""
    return {
        "status": handoff.status,
        "assigned_to": handoff.assigned_to,
        "assigned_name": handoff.assigned_name,
        "priority": handoff.priority,
        "snoozed_until": plain(handoff.snoozed_until),
        "offered_to": handoff.offered_to,
        "rung": handoff.rung,
    }


async def tell_state(db: Connection, scope: Scope, handoff: Handoff) -> None:
    """Who has an open handoff by now: for its parties whether anybody, for colleagues who."""
    owner = "queue" if handoff.status == "pending" else "operator"
    await append_event(db, scope, "state", {"owner": owner, "reason": handoff.reason})
    known = {key: value for key, value in standing(handoff).items() if key != "status"}
    await append_event(db, scope, "state", known, private=True)


URGENCY = ("high", "medium", "low")
ORDER: LiteralString = (
    "(CASE WHEN status = 'pending' THEN array_position(%(urgency)s::text[], priority) ELSE 9 END,"
    " CASE WHEN status = 'pending' THEN 1 ELSE -1 END * (extract(epoch FROM"
    " CASE WHEN status = 'pending' THEN created_at ELSE updated_at END) * 1000000)::bigint, id)"
)

Place = tuple[int, int, UUID]
"""Where a handoff stands in the list: rank, microseconds (since it is over: below zero), id."""


async def list_handoffs(
    db: Connection,
    tenant: str,
    *,
    status: str | None = None,
    assigned_to: str | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[Handoff]:
    """Pending first, most urgent first, then longest waiting; then the others, newest first.

    `after` is the place of the last one of the page before.
    """
    rank, moment, last = after or (None, None, None)
    return await fetch_all(
        db,
        Handoff,
        f"SELECT {COLUMNS} FROM handoffs WHERE tenant = %(tenant)s"  # noqa: S608
        " AND (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(assigned_to)s::text IS NULL OR assigned_to = %(assigned_to)s)"
        " AND (%(rank)s::bigint IS NULL"
        f" OR {ORDER} > (%(rank)s::bigint, %(moment)s::bigint, %(last)s::uuid))"
        f" ORDER BY {ORDER} LIMIT %(limit)s",
        {
            "tenant": tenant,
            "status": status,
            "assigned_to": assigned_to,
            "urgency": list(URGENCY),
            "rank": rank,
            "moment": moment,
            "last": last,
            "limit": limit,
        },
    )


def place_of(handoff: Handoff) -> Place:
    """Where it stands in the list, for `list_handoffs` to go on after it."""
    pending = handoff.status == "pending"
    since = (handoff.created_at if pending else handoff.updated_at) - EPOCH
    microseconds = since // timedelta(microseconds=1)
    rank = URGENCY.index(handoff.priority) + 1 if pending else 9
    return rank, microseconds if pending else -microseconds, handoff.id
