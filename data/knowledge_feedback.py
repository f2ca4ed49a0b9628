"""Whether what the knowledge base said was of use."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.rows import fetch_one
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """`source` is a document's or a curated answer's, as searches and answers name it."""

    source: str
    useful: bool
    query: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """The same, once it is kept."""

    id: int
    source: str
    useful: bool
    query: str | None
    comment: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Usefulness:
    """How often people said so, of the tenant's whole knowledge base."""

    useful: int
    not_useful: int


async def add_feedback(db: Connection, scope: Scope, new: NewFeedback) -> Feedback:
    """Keep what somebody said."""
    added = await fetch_one(
        db,
        Feedback,
        "INSERT INTO knowledge_feedback"
        " (tenant, source, useful, query, comment, party, customer_id, conversation_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " RETURNING id, source, useful, query, comment, created_at",
        (
            scope.tenant,
            new.source,
            new.useful,
            new.query,
            new.comment,
            scope.party,
            scope.customer_id,
            scope.conversation_id or None,
        ),
    )
    assert added is not None  # an insert returns its row
    return added


async def count_feedback(db: Connection, tenant: str) -> Usefulness:
    """How many said yes and no."""
    found = await fetch_one(
        db,
        Usefulness,
        "SELECT count(*) FILTER (WHERE useful) AS useful,"
        " count(*) FILTER (WHERE NOT useful) AS not_useful"
        " FROM knowledge_feedback WHERE tenant = %s",
        [tenant],
    )
    assert found is not None  # an aggregate always has a row
    return found


async def source_exists(db: Connection, tenant: str, source: str) -> bool:
    """Whether the knowledge base has a document or a curated answer of that name."""
    cursor = await db.execute(
        "SELECT EXISTS (SELECT FROM documents WHERE tenant = %(tenant)s AND source = %(source)s)"
        " OR EXISTS (SELECT FROM curated_answers WHERE tenant = %(tenant)s"
        "  AND 'curated/' || specialist || '/' || name = %(source)s)",
        {"tenant": tenant, "source": source},
    )
    row = await cursor.fetchone()
    return bool(row and row[0])
