"""Session insights: one row a closed conversation, the raw material of profiles."""

from dataclasses import astuple, dataclass
from datetime import datetime

from data.db import Connection
from data.rows import fetch_all

COLUMNS = (
    "session, conversation_id, customer_id, sentiment_score, sentiment_label, sentiment_start,"
    " sentiment_end, sentiment_drift, intent_primary, handoff_occurred, handoff_reason,"
    " resolution_status, message_count, tool_calls, tone_used, assigned_specialist, closed_at"
)


@dataclass(frozen=True, slots=True)
class Insight:
    """Sentiments are -1..1, drift is end minus start.

    `resolution_status` is resolved, unresolved or escalated.
    """

    session: str
    conversation_id: str | None
    customer_id: int | None
    sentiment_score: float | None
    sentiment_label: str | None
    sentiment_start: float | None
    sentiment_end: float | None
    sentiment_drift: float | None
    intent_primary: str | None
    handoff_occurred: bool
    handoff_reason: str | None
    resolution_status: str
    message_count: int
    tool_calls: list[str]
    tone_used: str | None
    assigned_specialist: str | None
    closed_at: datetime


async def add_insight(db: Connection, tenant: str, insight: Insight) -> bool:
    """Add a session's row; False when the session has one, which stays as it is."""
    marks = ", ".join(["%s"] * len(COLUMNS.split(", ")))
    cursor = await db.execute(
        f"INSERT INTO session_insights (tenant, {COLUMNS}) VALUES (%s, {marks})"  # noqa: S608
        " ON CONFLICT DO NOTHING",
        (tenant, *astuple(insight)),
    )
    return bool(cursor.rowcount)


async def list_insights(
    db: Connection, tenant: str, customer_id: int, *, limit: int = 50
) -> list[Insight]:
    """A customer's sessions, newest first."""
    return await fetch_all(
        db,
        Insight,
        f"SELECT {COLUMNS} FROM session_insights WHERE tenant = %s AND customer_id = %s"  # noqa: S608
        " ORDER BY closed_at DESC, session LIMIT %s",
        (tenant, customer_id, limit),
    )
