"""Questions that the knowledge base had no answer for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from data.db import Connection
from data.rows import fetch_all
from data.scope import Scope

KEPT_DAYS = 90  # a gap that nobody meets any more is none, and what people ask is personal

Origin = Literal["search", "chat"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions with the same words. `question` is the latest; `score` the best of them found."""

    question: str
    words: str
    times: int
    score: float | None
    first_at: datetime
    last_at: datetime


async def add_gap(
    db: Connection, scope: Scope, question: str, origin: Origin, score: float | None
) -> None:
    """Note a question, and forget those of long ago."""
    await db.execute(
        "WITH old AS (DELETE FROM knowledge_gaps WHERE tenant = %(tenant)s"
        "  AND created_at < now() - make_interval(days => %(days)s))"
        " INSERT INTO knowledge_gaps"
        " (tenant, question, origin, score, party, customer_id, conversation_id)"
        " VALUES (%(tenant)s, %(question)s, %(origin)s, %(score)s, %(party)s, %(customer)s,"
        " %(conversation)s)",
        {
            "tenant": scope.tenant,
            "days": KEPT_DAYS,
            "question": question,
            "origin": origin,
            "score": score,
            "party": scope.party,
            "customer": scope.customer_id,
            "conversation": scope.conversation_id or None,
        },
    )


async def list_gaps(
    db: Connection, tenant: str, *, after: tuple[int, str] | None = None, limit: int = 50
) -> list[Gap]:
    """Grouped by their words, most often asked first; `after` is (times, words) of the last."""
    times, words = after or (None, None)
    return await fetch_all(
        db,
        Gap,
        "WITH gaps AS (SELECT array_to_string(words, ' ') AS words, count(*) AS times,"
        "  (array_agg(question ORDER BY created_at DESC, id DESC))[1] AS question,"
        "  max(score) AS score, min(created_at) AS first_at, max(created_at) AS last_at"
        "  FROM knowledge_gaps g WHERE tenant = %s GROUP BY g.words)"
        " SELECT question, words, times, score, first_at, last_at FROM gaps"
        " WHERE %s::bigint IS NULL OR (-times, words) > (-%s::bigint, %s)"
        " ORDER BY -times, words LIMIT %s",
        (tenant, times, times, words, limit),
    )
