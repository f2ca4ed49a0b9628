"""How long customers have waited for people, who waits now, and who is at work."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from data.db import Connection
from data.handoffs import URGENCY
from data.rows import fetch_one

LOOK_BACK = timedelta(days=7)
MOST_RECENT = 20
AT_WORK = timedelta(minutes=20)  # a console renews its session every 15


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer who is handed over now can be told of the queue.

    `ahead`: conversations that come first. `oldest_s`: how long the longest of them has waited.
    `recent_s`: how long those waited who were accepted lately.
    """

    ahead: int
    oldest_s: float
    recent_s: list[float]
    at_work: int


async def standing(db: Connection, tenant: str, priority: str, at: datetime) -> Standing:
    """Where a handoff of this priority would stand."""
    found = await fetch_one(
        db,
        Standing,
        "WITH ahead AS (SELECT created_at FROM handoffs WHERE tenant = %(tenant)s"
        "  AND status = 'pending' AND array_position(%(urgency)s::text[], priority)"
        "   <= array_position(%(urgency)s::text[], %(priority)s)),"
        " recent AS (SELECT extract(epoch FROM accepted_at - created_at)::float8 AS waited_s"
        "  FROM handoffs WHERE tenant = %(tenant)s AND accepted_at > %(since)s"
        "  ORDER BY accepted_at DESC LIMIT %(most)s)"
        " SELECT (SELECT count(*) FROM ahead) AS ahead,"
        " (SELECT coalesce(extract(epoch FROM %(at)s - min(created_at)), 0)::float8 FROM ahead)"
        "  AS oldest_s,"
        " (SELECT coalesce(array_agg(waited_s), '{}') FROM recent) AS recent_s, 0 AS at_work",
        {
            "tenant": tenant,
            "urgency": list(URGENCY),
            "priority": priority,
            "at": at,
            "since": at - LOOK_BACK,
            "most": MOST_RECENT,
        },
    )
    present = await at_work(db, tenant, at)
    if found is None:
        return Standing(0, 0.0, [], len(present))
    return Standing(found.ahead, found.oldest_s, found.recent_s, len(present))


async def at_work(db: Connection, tenant: str, at: datetime) -> dict[str, int]:
    """Who gave a sign of life lately, and how many conversations each of them has.

    A sign is a session that was used or a conversation taken, kept or ended.
    """
    cursor = await db.execute(
        "WITH present AS ("
        "  SELECT 'operator:' || s.operator_id AS who FROM operator_sessions s"
        "   JOIN operators o ON (o.tenant, o.id) = (s.tenant, s.operator_id) AND o.active"
        "   WHERE s.tenant = %(tenant)s AND s.last_used_at > %(since)s AND s.revoked_at IS NULL"
        "   AND s.expires_at > %(at)s"
        "  UNION SELECT assigned_to FROM handoffs WHERE tenant = %(tenant)s"
        "   AND assigned_to IS NOT NULL AND (claim_until > %(at)s AND snoozed_until IS NULL"
        "    OR ended_by = assigned_to AND ended_at > %(since)s))"
        " SELECT who, (SELECT count(*) FROM handoffs h WHERE h.tenant = %(tenant)s"
        "  AND h.status = 'accepted' AND h.assigned_to = who) FROM present ORDER BY who",
        {"tenant": tenant, "at": at, "since": at - AT_WORK},
    )
    return {str(who): int(load) for who, load in await cursor.fetchall()}
