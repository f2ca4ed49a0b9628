"""Appointments a lead has asked for."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

COLUMNS = "id, lead_id, purpose, wished_for, status, created_at, updated_at"


@dataclass(frozen=True, slots=True)
class Appointment:
    """`wished_for` is the time in the lead's own words; people confirm the real one."""

    id: int
    lead_id: int
    purpose: str
    wished_for: str
    status: str
    created_at: datetime
    updated_at: datetime


async def add_appointment(
    db: Connection, tenant: str, lead_id: int, purpose: str, wished_for: str
) -> Appointment:
    """A wish somebody has to confirm."""
    added = await fetch_one(
        db,
        Appointment,
        "INSERT INTO appointments (tenant, lead_id, purpose, wished_for)"  # noqa: S608
        " VALUES (%s, %s, %s, %s) RETURNING " + COLUMNS,
        (tenant, lead_id, purpose, wished_for),
    )
    if added is None:
        raise NotFound("lead", lead_id)
    return added


async def list_appointments(db: Connection, tenant: str, lead_id: int) -> list[Appointment]:
    """A lead's appointments, newest first."""
    return await fetch_all(
        db,
        Appointment,
        f"SELECT {COLUMNS} FROM appointments"  # noqa: S608
        " WHERE tenant = %s AND lead_id = %s ORDER BY id DESC",
        (tenant, lead_id),
    )
