"""Where operators are signed in: their own sessions, for admins everybody's."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from data import sessions
from data.scope import Role
from server.access import Db, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, cursor_of, moment_and_id

router = APIRouter(prefix="/v1/auth/sessions", tags=["authentication"], responses=PROBLEM_RESPONSES)

Holder = Annotated[Principal, allow(Permission.MANAGE_SESSIONS)]

SESSION_EXAMPLE: dict[str, Any] = {
    "id": "b2a5a4b6-1e0e-4a55-9f0a-1d1f2c3b4a5d",
    "operator_id": "5b0f7e0c-6f3a-4e58-8a6e-2f6f0a7a2c11",
    "client": "Mozilla/5.0",
    "created_at": "2026-03-01T09:30:00Z",
    "last_used_at": "2026-03-01T11:00:00Z",
    "expires_at": "2026-03-31T09:30:00Z",
    "revoked_at": None,
}


class SessionOut(BaseModel):
    """`client` is what the browser or program called itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [SESSION_EXAMPLE]})

    id: UUID
    operator_id: UUID
    client: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class SessionPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [SESSION_EXAMPLE], "next": None}]}
    )

    items: list[SessionOut]
    next: str | None


@router.get("")
async def list_sessions(
    who: Holder,
    db: Db,
    operator_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> SessionPage:
    """Sessions that can be used, newest first: an admin sees everybody's, others their own."""
    whose = operator_id if who.role is Role.ADMIN else who.operator_id
    found = await sessions.list_sessions(
        db, who.tenant, operator_id=whose, before=moment_and_id(cursor), limit=limit + 1
    )
    page = found[:limit]
    following = cursor_of(page[-1].created_at.isoformat(), str(page[-1].id)) if page else None
    return SessionPage(
        items=[SessionOut.model_validate(one, from_attributes=True) for one in page],
        next=following if len(found) > limit else None,
    )


@router.delete("/{session_id}")
async def revoke_session(session_id: Annotated[UUID, Path()], who: Holder, db: Db) -> SessionOut:
    """End a session: its tokens stop within five seconds, everywhere."""
    whose = None if who.role is Role.ADMIN else who.operator_id
    found = await sessions.revoke_session(db, who.tenant, session_id, whose)
    return SessionOut.model_validate(found, from_attributes=True)
