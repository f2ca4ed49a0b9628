"""The passages of a knowledge base with their documents, for whoever looks at all of them."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.rows import fetch_all


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """`vector` is as `data.vectors.from_sql` takes it; `updated_at` the document's."""

    document_id: int
    title: str
    source: str
    heading: str
    content: str
    vector: bytes
    updated_at: datetime


async def newest_passages(
    db: Connection, tenant: str, model: str, limit: int
) -> list[StoredPassage]:
    """Those embedded by a model, of the documents changed last."""
    return await fetch_all(
        db,
        StoredPassage,
        "SELECT p.document_id, d.title, d.source, p.heading, p.content,"
        " vector_send(p.embedding) AS vector, d.updated_at"
        " FROM passages p JOIN documents d ON d.tenant = p.tenant AND d.id = p.document_id"
        " WHERE p.tenant = %s AND p.model = %s"
        " ORDER BY d.updated_at DESC, d.id, p.position LIMIT %s",
        (tenant, model, limit),
    )
