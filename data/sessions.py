"""Sessions of operators: one for each sign-in, kept alive by a chain of refresh tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

COLUMNS = "id, operator_id, client, created_at, last_used_at, expires_at, revoked_at"
LIVE = (
    " FROM operator_sessions s JOIN operators o ON (o.tenant, o.id) = (s.tenant, s.operator_id)"
    " WHERE s.tenant = %s AND s.id = %s"
    " AND s.revoked_at IS NULL AND s.expires_at > now() AND o.active"
)


@dataclass(frozen=True, slots=True)
class Session:
    """`client` is what the browser or program called itself."""

    id: UUID
    operator_id: UUID
    client: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that may be used now, by somebody who may sign in.

    `generation` is that of the only refresh token that is good.
    """

    id: UUID
    operator_id: UUID
    role: str
    generation: int
    expires_at: datetime


async def open_session(
    db: Connection, tenant: str, operator_id: UUID, client: str, life: timedelta
) -> UUID:
    """A new session's id."""
    cursor = await db.execute(
        "INSERT INTO operator_sessions (tenant, operator_id, client, expires_at)"
        " VALUES (%s, %s, %s, now() + %s) RETURNING id",
        (tenant, operator_id, client, life),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("operator", operator_id)
    found: UUID = row[0]
    return found


async def find_live(db: Connection, tenant: str, session_id: UUID) -> LiveSession | None:
    """The session, unless it was revoked, has ended, or its operator may not sign in."""
    return await fetch_one(
        db,
        LiveSession,
        f"SELECT s.id, s.operator_id, o.role, s.generation, s.expires_at {LIVE}",
        (tenant, session_id),
    )


async def lock_live(db: Connection, tenant: str, session_id: UUID) -> LiveSession | None:
    """The same, and nobody else may use it up until the transaction ends."""
    return await fetch_one(
        db,
        LiveSession,
        f"SELECT s.id, s.operator_id, o.role, s.generation, s.expires_at {LIVE} FOR UPDATE OF s",
        (tenant, session_id),
    )


async def turn_generation(db: Connection, tenant: str, session_id: UUID) -> None:
    """The refresh token of this generation is used up; the next one's turn has come."""
    await db.execute(
        "UPDATE operator_sessions SET generation = generation + 1, last_used_at = now()"
        " WHERE tenant = %s AND id = %s",
        (tenant, session_id),
    )


async def list_sessions(
    db: Connection,
    tenant: str,
    *,
    operator_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> list[Session]:
    """Sessions that are neither revoked nor over, newest first."""
    moment, last = before or (None, None)
    return await fetch_all(
        db,
        Session,
        f"SELECT {COLUMNS} FROM operator_sessions WHERE tenant = %s"  # noqa: S608
        " AND revoked_at IS NULL AND expires_at > now()"
        " AND (%s::uuid IS NULL OR operator_id = %s)"
        " AND (%s::timestamptz IS NULL OR (created_at, id) < (%s::timestamptz, %s::uuid))"
        " ORDER BY created_at DESC, id DESC LIMIT %s",
        (tenant, operator_id, operator_id, moment, moment, last, limit),
    )


async def revoke_session(
    db: Connection, tenant: str, session_id: UUID, operator_id: UUID | None = None
) -> Session:
    """End a session; with `operator_id`, only one of theirs. Twice keeps the first moment.

    Raises:
        NotFound: there is no such session.
    """
    revoked = await fetch_one(
        db,
        Session,
        "UPDATE operator_sessions SET revoked_at = coalesce(revoked_at, now())"  # noqa: S608
        " WHERE tenant = %s AND id = %s AND (%s::uuid IS NULL OR operator_id = %s)"
        f" RETURNING {COLUMNS}",
        (tenant, session_id, operator_id, operator_id),
    )
    if revoked is None:
        raise NotFound("session", session_id)
    return revoked


async def revoke_sessions(db: Connection, tenant: str, operator_id: UUID) -> None:
    """End all of an operator's sessions."""
    await db.execute(
        "UPDATE operator_sessions SET revoked_at = now()"
        " WHERE tenant = %s AND operator_id = %s AND revoked_at IS NULL",
        (tenant, operator_id),
    )
