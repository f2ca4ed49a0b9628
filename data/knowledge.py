"""The knowledge base: documents and the passages they are cut into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one
from data.vectors import Vector, to_sql

COLUMNS = (
    "d.id, d.title, d.source, d.specialist, d.category, d.status,"
    " (SELECT count(DISTINCT p.position) FROM passages p"
    " WHERE p.tenant = d.tenant AND p.document_id = d.id) AS passages, d.created_at, d.updated_at"
)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """`source` is its name within the tenant, such as `articles/billing/refund-policy`.

    Without a `specialist` it is every specialist's. `digest` tells whether it has changed.
    """

    title: str
    source: str
    specialist: str | None
    category: str | None
    digest: bytes


@dataclass(frozen=True, slots=True)
class NewPassage:
    """`heading` is the path of headings above it, outermost first; `content` is Markdown."""

    heading: str
    content: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Document:
    """`passages` counts them."""

    id: int
    title: str
    source: str
    specialist: str | None
    category: str | None
    status: str
    passages: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Stats:
    """Of one tenant. `models` are those that made the passages' vectors."""

    documents: int
    passages: int
    specialists: list[str]
    categories: list[str]
    models: list[str]
    updated_at: datetime | None


async def put_document(
    db: Connection, tenant: str, document: NewDocument, passages: Sequence[NewPassage], model: str
) -> Document:
    """Add a document, or replace the one of the same source with all its passages.

    The id stays. Until the caller's transaction ends, others see the old passages.
    """
    cursor = await db.execute(
        "INSERT INTO documents (tenant, title, source, specialist, category, digest)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (tenant, source) DO UPDATE SET"
        " title = excluded.title, specialist = excluded.specialist, category = excluded.category,"
        " digest = excluded.digest, status = 'ready', updated_at = now() RETURNING id",
        (
            tenant,
            document.title,
            document.source,
            document.specialist,
            document.category,
            document.digest,
        ),
    )
    row = await cursor.fetchone()
    assert row is not None  # an upsert without a condition returns its row
    await db.execute(
        "DELETE FROM passages WHERE tenant = %s AND document_id = %s", (tenant, row[0])
    )
    async with db.cursor() as many:
        await many.executemany(
            "INSERT INTO passages"
            " (tenant, document_id, position, heading, content, model, embedding)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s::vector)",
            [
                (tenant, row[0], position, p.heading, p.content, model, to_sql(p.vector))
                for position, p in enumerate(passages)
            ],
        )
    return await get_document(db, tenant, row[0])


async def get_document(db: Connection, tenant: str, document_id: int) -> Document:
    """One document.

    Raises:
        NotFound: the tenant has no such document.
    """
    found = await _select(db, "WHERE d.tenant = %s AND d.id = %s", (tenant, document_id))
    if not found:
        raise NotFound("document", document_id)
    return found[0]


async def find_document(db: Connection, tenant: str, source: str) -> Document | None:
    """The document of that source."""
    found = await _select(db, "WHERE d.tenant = %s AND d.source = %s", (tenant, source))
    return found[0] if found else None


async def find_same(
    db: Connection, tenant: str, source: str, digest: bytes, model: str
) -> Document | None:
    """The document of that source if its content is still the same and the model has read it."""
    found = await _select(
        db,
        "WHERE d.tenant = %s AND d.source = %s AND d.digest = %s AND EXISTS (SELECT FROM passages p"
        " WHERE p.tenant = d.tenant AND p.document_id = d.id AND p.model = %s)",
        (tenant, source, digest, model),
    )
    return found[0] if found else None


async def list_documents(
    db: Connection,
    tenant: str,
    *,
    specialist: str | None = None,
    category: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Document]:
    """By source; `after` is the last source of the page before."""
    return await _select(
        db,
        "WHERE d.tenant = %s AND (%s::text IS NULL OR d.specialist = %s)"
        " AND (%s::text IS NULL OR d.category = %s) AND d.source > %s ORDER BY d.source LIMIT %s",
        (tenant, specialist, specialist, category, category, after, limit),
    )


async def _select(
    db: Connection, where: LiteralString, values: tuple[object, ...]
) -> list[Document]:
    return await fetch_all(
        db,
        Document,
        f"SELECT {COLUMNS} FROM documents d {where}",  # noqa: S608
        values,
    )


async def delete_document(db: Connection, tenant: str, document_id: int) -> None:
    """Forget one document and its passages.

    Raises:
        NotFound: the tenant has no such document.
    """
    cursor = await db.execute(
        "DELETE FROM documents WHERE tenant = %s AND id = %s", (tenant, document_id)
    )
    if cursor.rowcount == 0:
        raise NotFound("document", document_id)


async def clear_knowledge(db: Connection, tenant: str) -> int:
    """Forget every document of the tenant; how many there were. Curated answers stay."""
    cursor = await db.execute("DELETE FROM documents WHERE tenant = %s", [tenant])
    return cursor.rowcount


async def count_knowledge(db: Connection, tenant: str) -> Stats:
    """How much the tenant's knowledge base holds."""
    found = await fetch_one(
        db,
        Stats,
        "SELECT count(*) AS documents,"
        " (SELECT count(DISTINCT (document_id, position)) FROM passages WHERE tenant = %s)"
        "  AS passages,"
        " coalesce(array_agg(DISTINCT specialist) FILTER (WHERE specialist IS NOT NULL), '{}')"
        "  AS specialists,"
        " coalesce(array_agg(DISTINCT category) FILTER (WHERE category IS NOT NULL), '{}')"
        "  AS categories,"
        " ARRAY(SELECT DISTINCT model FROM passages WHERE tenant = %s ORDER BY model) AS models,"
        " max(updated_at) AS updated_at FROM documents WHERE tenant = %s",
        (tenant, tenant, tenant),
    )
    assert found is not None  # an aggregate always has a row
    return found
