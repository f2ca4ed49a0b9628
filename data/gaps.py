"""Questions that the knowledge base had no answer for."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class PeoplesAnswer:
    """What operators said in a conversation after a question that nothing answered."""

    conversation_id: str
    question: str
    customer_id: int | None
    said: list[str]


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


async def list_gaps(db: Connection, tenant: str, limit: int) -> list[Gap]:
    """Grouped by their words, most often asked first."""
    return await fetch_all(
        db,
        Gap,
        "SELECT (array_agg(question ORDER BY created_at DESC, id DESC))[1] AS question,"
        " array_to_string(words, ' ') AS words, count(*) AS times, max(score) AS score,"
        " min(created_at) AS first_at, max(created_at) AS last_at"
        " FROM knowledge_gaps WHERE tenant = %s GROUP BY knowledge_gaps.words"
        " ORDER BY times DESC, last_at DESC, 2 LIMIT %s",
        (tenant, limit),
    )


async def list_answers(
    db: Connection, tenant: str, words: Sequence[str], limit: int
) -> list[PeoplesAnswer]:
    """What operators said after questions with one of these words, newest first.

    Only of conversations that they gave back or resolved: the others may not be over.
    """
    return await fetch_all(
        db,
        PeoplesAnswer,
        "SELECT g.conversation_id, g.question, c.customer_id,"
        " array_agg(m.content ORDER BY m.seq) AS said"
        " FROM knowledge_gaps g"
        " JOIN conversations c ON c.tenant = g.tenant AND c.id = g.conversation_id"
        " JOIN messages m ON m.tenant = g.tenant AND m.conversation_id = g.conversation_id"
        "  AND m.role = 'operator' AND m.created_at > g.created_at"
        " WHERE g.tenant = %(tenant)s AND array_to_string(g.words, ' ') = ANY(%(words)s)"
        " AND EXISTS (SELECT FROM handoffs h WHERE h.tenant = g.tenant"
        "  AND h.conversation_id = g.conversation_id AND h.status IN ('returned', 'resolved'))"
        " GROUP BY g.conversation_id, g.question, g.created_at, c.customer_id"
        " ORDER BY g.created_at DESC LIMIT %(limit)s",
        {"tenant": tenant, "words": list(words), "limit": limit},
    )


async def delete_gaps(db: Connection, tenant: str, words: Sequence[str]) -> int:
    """Forget questions; how many there were."""
    cursor = await db.execute(
        "DELETE FROM knowledge_gaps WHERE tenant = %s AND array_to_string(words, ' ') = ANY(%s)",
        (tenant, list(words)),
    )
    return cursor.rowcount
