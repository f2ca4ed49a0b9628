"""Curated answers: replies a tenant wrote by hand, used as they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from data.changes import announce
from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

SELECT = (
    "SELECT specialist, name, intents, keywords, response, confidence"
    " FROM curated_answers WHERE tenant = %s"
)


@dataclass(frozen=True, slots=True)
class CuratedAnswer:
    """`confidence` is 0..1, set by who wrote it. It serves the listed intents; empty: any."""

    specialist: str
    name: str
    intents: list[str]
    keywords: list[str]
    response: str
    confidence: float


async def put_curated(db: Connection, tenant: str, answers: Sequence[CuratedAnswer]) -> None:
    """Add answers or replace those of the same specialist and name; others stay."""
    async with db.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO curated_answers"
            " (tenant, specialist, name, intents, keywords, response, confidence)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (tenant, specialist, name) DO UPDATE SET intents = excluded.intents,"
            " keywords = excluded.keywords, response = excluded.response,"
            " confidence = excluded.confidence, updated_at = now()"
            " WHERE (curated_answers.intents, curated_answers.keywords, curated_answers.response,"
            " curated_answers.confidence) IS DISTINCT FROM"
            " (excluded.intents, excluded.keywords, excluded.response, excluded.confidence)",
            [
                (tenant, a.specialist, a.name, a.intents, a.keywords, a.response, a.confidence)
                for a in answers
            ],
        )
    await announce(db, tenant, "curated")


async def list_curated(
    db: Connection,
    tenant: str,
    *,
    specialist: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int | None = None,
) -> list[CuratedAnswer]:
    """The tenant's answers, by specialist and name; `after` are those of the last one shown."""
    owner, name = after or (None, None)
    return await fetch_all(
        db,
        CuratedAnswer,
        SELECT + " AND (%s::text IS NULL OR specialist = %s)"
        " AND (%s::text IS NULL OR (specialist, name) > (%s, %s))"
        " ORDER BY specialist, name LIMIT %s",
        (tenant, specialist, specialist, owner, owner, name, limit),
    )


async def find_curated(
    db: Connection, tenant: str, specialist: str, name: str
) -> CuratedAnswer | None:
    """One answer, or None."""
    return await fetch_one(
        db,
        CuratedAnswer,
        SELECT + " AND specialist = %s AND name = %s",
        (tenant, specialist, name),
    )


async def delete_curated(db: Connection, tenant: str, specialist: str, name: str) -> None:
    """Forget one answer.

    Raises:
        NotFound: the tenant has no such answer.
    """
    cursor = await db.execute(
        "DELETE FROM curated_answers WHERE tenant = %s AND specialist = %s AND name = %s",
        (tenant, specialist, name),
    )
    if cursor.rowcount == 0:
        raise NotFound("curated answer", f"{specialist}/{name}")
    await announce(db, tenant, "curated")


async def curated_version(db: Connection, tenant: str) -> str:
    """Differs whenever an answer was added, changed or removed; made of row versions."""
    cursor = await db.execute(
        "SELECT concat_ws(':', count(*), sum(xmin::text::bigint)) FROM curated_answers"
        " WHERE tenant = %s",
        [tenant],
    )
    row = await cursor.fetchone()
    return str(row[0]) if row else ""
