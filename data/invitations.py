"""Invitations: whoever shows one may set an operator's password, once and for some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_one


@dataclass(frozen=True, slots=True)
class Invitation:
    id: UUID
    expires_at: datetime


async def invite(
    db: Connection, tenant: str, operator_id: UUID, invited_by: str, life: timedelta
) -> Invitation:
    """A new invitation; the operator's earlier ones are void."""
    await db.execute(
        "UPDATE operator_invitations SET ended_at = now()"
        " WHERE tenant = %s AND operator_id = %s AND ended_at IS NULL",
        (tenant, operator_id),
    )
    made = await fetch_one(
        db,
        Invitation,
        "INSERT INTO operator_invitations (tenant, operator_id, invited_by, expires_at)"
        " VALUES (%s, %s, %s, now() + %s) RETURNING id, expires_at",
        (tenant, operator_id, invited_by, life),
    )
    if made is None:
        raise NotFound("operator", operator_id)
    return made


async def use_up(db: Connection, tenant: str, invitation_id: UUID) -> UUID | None:
    """Whom it invited; None when it was used, replaced, has expired, or they are not active."""
    cursor = await db.execute(
        "UPDATE operator_invitations i SET ended_at = now() FROM operators o"
        " WHERE i.tenant = %s AND i.id = %s AND i.ended_at IS NULL AND i.expires_at > now()"
        " AND (o.tenant, o.id) = (i.tenant, i.operator_id) AND o.active RETURNING o.id",
        (tenant, invitation_id),
    )
    row = await cursor.fetchone()
    return row[0] if row else None
