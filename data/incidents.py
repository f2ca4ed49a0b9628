"""Incidents: what is broken for many at once."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.rows import fetch_all


@dataclass(frozen=True, slots=True)
class Incident:
    """`status` is investigating, identified, monitoring or resolved."""

    id: int
    service: str
    area: str
    status: str
    summary: str
    started_at: datetime
    updated_at: datetime


async def open_incidents(db: Connection, tenant: str, *, area: str | None = None) -> list[Incident]:
    """Everything not resolved yet, newest first.

    With an area, only where one name contains the other in any case: `North Eastbrook` finds
    `Eastbrook`.
    """
    return await fetch_all(
        db,
        Incident,
        "SELECT id, service, area, status, summary, started_at, updated_at FROM incidents"
        " WHERE tenant = %s AND status <> 'resolved'"
        " AND (%s::text IS NULL OR position(lower(area) IN lower(%s)) > 0"
        " OR position(lower(%s) IN lower(area)) > 0)"
        " ORDER BY started_at DESC, id DESC",
        (tenant, area, area, area),
    )
