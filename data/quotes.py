"""Quotes a lead has asked for."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

COLUMNS = "id, lead_id, subject, status, created_at, updated_at"


@dataclass(frozen=True, slots=True)
class Quote:
    """`subject` is what is to be priced, in the lead's own words."""

    id: int
    lead_id: int
    subject: str
    status: str
    created_at: datetime
    updated_at: datetime


async def add_quote(db: Connection, tenant: str, lead_id: int, subject: str) -> Quote:
    """A request somebody has to price."""
    added = await fetch_one(
        db,
        Quote,
        "INSERT INTO quotes (tenant, lead_id, subject) VALUES (%s, %s, %s) RETURNING " + COLUMNS,  # noqa: S608
        (tenant, lead_id, subject),
    )
    if added is None:
        raise NotFound("lead", lead_id)
    return added


async def list_quotes(db: Connection, tenant: str, lead_id: int) -> list[Quote]:
    """A lead's quotes, newest first."""
    return await fetch_all(
        db,
        Quote,
        f"SELECT {COLUMNS} FROM quotes WHERE tenant = %s AND lead_id = %s ORDER BY id DESC",  # noqa: S608
        (tenant, lead_id),
    )
