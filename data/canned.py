"""Canned responses: what operators insert by a shortcut such as `/refund`."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.errors import UniqueViolation

from data.db import Connection
from data.errors import Conflict, NotFound
from data.rows import fetch_all, fetch_one

COLUMNS = "id, shortcut, title, content, category, created_at, updated_at"


@dataclass(frozen=True, slots=True)
class CannedResponse:
    """`content` may hold variables such as `{{customer.name}}`; see `tools/canned.py`."""

    id: int
    shortcut: str
    title: str
    content: str
    category: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewCannedResponse:
    shortcut: str
    title: str
    content: str
    category: str


async def list_canned(
    db: Connection,
    tenant: str,
    *,
    category: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[CannedResponse]:
    """By shortcut, after the one of `after`."""
    return await fetch_all(
        db,
        CannedResponse,
        f"SELECT {COLUMNS} FROM canned_responses WHERE tenant = %s"  # noqa: S608
        " AND (%s::text IS NULL OR category = %s) AND (%s::text IS NULL OR shortcut > %s)"
        " ORDER BY shortcut LIMIT %s",
        (tenant, category, category, after, after, limit),
    )


async def add_canned(db: Connection, tenant: str, new: NewCannedResponse) -> CannedResponse:
    """Add one.

    Raises:
        Conflict: the tenant has one of that shortcut. The transaction can only be rolled back.
    """
    try:
        added = await fetch_one(
            db,
            CannedResponse,
            "INSERT INTO canned_responses (tenant, shortcut, title, content, category)"  # noqa: S608
            " VALUES (%s, %s, %s, %s, %s) RETURNING " + COLUMNS,
            (tenant, new.shortcut, new.title, new.content, new.category),
        )
    except UniqueViolation:
        raise Conflict(f"shortcut: {new.shortcut!r} is taken") from None
    if added is None:
        raise NotFound("canned response", new.shortcut)
    return added


async def delete_canned(db: Connection, tenant: str, canned_id: int) -> None:
    """Remove one.

    Raises:
        NotFound: the tenant has no such canned response.
    """
    cursor = await db.execute(
        "DELETE FROM canned_responses WHERE tenant = %s AND id = %s", (tenant, canned_id)
    )
    if not cursor.rowcount:
        raise NotFound("canned response", canned_id)


async def canned_version(db: Connection, tenant: str) -> str:
    """Differs whenever a response was added, changed or removed; made of row versions."""
    cursor = await db.execute(
        "SELECT concat_ws(':', count(*), sum(xmin::text::bigint)) FROM canned_responses"
        " WHERE tenant = %s",
        [tenant],
    )
    row = await cursor.fetchone()
    return str(row[0]) if row else ""
