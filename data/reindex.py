"""A document's passages as several embedding models know them, while one takes another's place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.rows import fetch_all
from data.vectors import Vector, to_sql


@dataclass(frozen=True, slots=True)
class Lagging:
    """A document that a model has not read, as it was at `updated_at`."""

    id: int
    source: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """What a passage says and where it stands in its document."""

    position: int
    heading: str
    content: str


LACKS = """(EXISTS (SELECT FROM passages p WHERE p.tenant = d.tenant AND p.document_id = d.id)
    AND NOT EXISTS (SELECT FROM passages p WHERE p.tenant = d.tenant
        AND p.document_id = d.id AND p.model = %(model)s))"""


async def lagging_documents(
    db: Connection, tenant: str, model: str, *, after: int = 0, limit: int = 100
) -> list[Lagging]:
    """Documents without a passage of the model, by their id; `after` is the last one's before."""
    return await fetch_all(
        db,
        Lagging,
        "SELECT id, source, updated_at FROM documents d WHERE tenant = %(tenant)s"  # noqa: S608
        f" AND id > %(after)s AND {LACKS} ORDER BY id LIMIT %(limit)s",
        {"tenant": tenant, "model": model, "after": after, "limit": limit},
    )


async def count_read(db: Connection, tenant: str, model: str) -> tuple[int, int]:
    """How many of the tenant's documents the model has read, and how many there are."""
    cursor = await db.execute(
        f"SELECT count(*) FILTER (WHERE NOT {LACKS}), count(*)"  # noqa: S608
        " FROM documents d WHERE tenant = %(tenant)s",
        {"tenant": tenant, "model": model},
    )
    row = await cursor.fetchone()
    assert row is not None  # an aggregate always has a row
    return row[0], row[1]


async def pieces_of(db: Connection, tenant: str, document_id: int) -> list[Piece]:
    """What its passages say, in order, whichever models read them."""
    return await fetch_all(
        db,
        Piece,
        "SELECT DISTINCT ON (position) position, heading, content FROM passages"
        " WHERE tenant = %s AND document_id = %s ORDER BY position, model",
        (tenant, document_id),
    )


async def add_vectors(
    db: Connection,
    tenant: str,
    document: Lagging,
    model: str,
    read: Sequence[tuple[Piece, Vector]],
) -> bool:
    """Put the passages beside those of other models; False where the document changed meanwhile.

    The document is locked until the transaction ends: who replaces it waits, or has done so.
    """
    cursor = await db.execute(
        f"SELECT FROM documents d WHERE tenant = %(tenant)s AND id = %(id)s"
        f" AND updated_at = %(at)s AND {LACKS} FOR UPDATE",
        {"tenant": tenant, "id": document.id, "at": document.updated_at, "model": model},
    )
    if await cursor.fetchone() is None:
        return False
    async with db.cursor() as many:
        await many.executemany(
            "INSERT INTO passages"
            " (tenant, document_id, position, heading, content, model, embedding)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s::vector)",
            [
                (tenant, document.id, p.position, p.heading, p.content, model, to_sql(vector))
                for p, vector in read
            ],
        )
    return True


async def forget_other_models(db: Connection, tenant: str, model: str) -> int:
    """Delete what other models made of documents that this one has read; how many passages."""
    cursor = await db.execute(
        "DELETE FROM passages o WHERE o.tenant = %(tenant)s AND o.model <> %(model)s"
        " AND EXISTS (SELECT FROM passages p WHERE p.tenant = o.tenant"
        " AND p.document_id = o.document_id AND p.model = %(model)s)",
        {"tenant": tenant, "model": model},
    )
    return cursor.rowcount
