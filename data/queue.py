"""The operators' queue: conversations that people have, with what a list of them shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from data.db import Connection
from data.rows import fetch_all, fetch_one
from data.scope import Scope

MOST = 1000  # conversations shown at once

SELECT: LiteralString = (
    "SELECT c.id, c.customer_id, c.channel, c.status, c.owner, c.intent, c.specialist,"
    " c.sentiment_score, c.sentiment_label, c.created_at, c.updated_at,"
    " CASE WHEN h.id IS NOT NULL THEN jsonb_build_object('id', h.id, 'status', h.status,"
    "  'reason', h.reason, 'reasons', h.reasons, 'summary', h.summary, 'priority', h.priority,"
    "  'assigned_to', h.assigned_to, 'assigned_name', (SELECT coalesce(nullif(o.name, ''), o.email)"
    "   FROM operators o WHERE o.tenant = h.tenant AND 'operator:' || o.id = h.assigned_to),"
    "  'claim_until', h.claim_until, 'waiting_since', h.waiting_since, 'due_at', h.due_at,"
    "  'snoozed_until', h.snoozed_until, 'offered_to', h.offered_to, 'rung', h.rung,"
    "  'created_at', h.created_at) END AS handoff,"
    " CASE WHEN m.seq IS NOT NULL THEN jsonb_build_object('seq', m.seq, 'message_id', m.id,"
    "  'role', m.role, 'content', left(m.content, 500), 'created_at', m.created_at)"
    "  END AS last_message, greatest(m.seq, e.seq, 0) AS last_seq"
    " FROM conversations c"
    " LEFT JOIN handoffs h ON h.tenant = c.tenant AND h.conversation_id = c.id"
    "  AND h.status IN ('pending', 'accepted')"
    " LEFT JOIN LATERAL (SELECT seq, id, role, content, created_at FROM messages"
    "  WHERE tenant = c.tenant AND conversation_id = c.id ORDER BY seq DESC LIMIT 1) m ON true"
    " LEFT JOIN LATERAL (SELECT max(seq) AS seq FROM events"
    "  WHERE tenant = c.tenant AND conversation_id = c.id) e ON true"
    " WHERE c.tenant = %(tenant)s"
)


@dataclass(frozen=True, slots=True)
class Queued:
    """A conversation with its open handoff and its last message, as plain values, if any.

    `last_seq` is the end of its log.
    """

    id: str
    customer_id: int | None
    channel: str
    status: str
    owner: str
    intent: str | None
    specialist: str | None
    sentiment_score: float | None
    sentiment_label: str | None
    created_at: datetime
    updated_at: datetime
    handoff: dict[str, Any] | None
    last_message: dict[str, Any] | None
    last_seq: int

    @property
    def with_people(self) -> bool:
        """Whether it waits in the queue or an operator has it."""
        return self.owner in {"queue", "operator"}


async def list_queue(db: Connection, tenant: str) -> list[Queued]:
    """What people have, longest waiting first, at most MOST."""
    return await fetch_all(
        db,
        Queued,
        SELECT + " AND h.id IS NOT NULL ORDER BY h.waiting_since, c.id LIMIT %(most)s",
        {"tenant": tenant, "most": MOST},
    )


async def get_queued(db: Connection, scope: Scope) -> Queued | None:
    """One conversation as the queue shows it, whether or not it is in there; None if it is gone."""
    return await fetch_one(
        db,
        Queued,
        SELECT + " AND c.id = %(id)s",
        {"tenant": scope.tenant, "id": scope.conversation_id},
    )
