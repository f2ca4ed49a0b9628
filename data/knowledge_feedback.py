"""Whether what the knowledge base said was of use."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.rows import fetch_all, fetch_one
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


@dataclass(frozen=True, slots=True)
class Rated:
    """A document with what people said of it."""

    source: str
    title: str
    ratings: int
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


async def unhelpful_sources(db: Connection, tenant: str, fewest: int) -> list[Rated]:
    """Documents that most people found of no use since they were changed last, worst first.

    `fewest` is how many have to have said anything.
    """
    return await fetch_all(
        db,
        Rated,
        "SELECT d.source, d.title, count(*) AS ratings,"
        " count(*) FILTER (WHERE NOT f.useful) AS not_useful"
        " FROM knowledge_feedback f JOIN documents d ON d.tenant = f.tenant AND d.source = f.source"
        " WHERE f.tenant = %s AND f.created_at > d.updated_at GROUP BY d.source, d.title"
        " HAVING count(*) >= %s AND count(*) FILTER (WHERE NOT f.useful) * 2 > count(*)"
        " ORDER BY not_useful DESC, d.source",
        (tenant, fewest),
    )


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
