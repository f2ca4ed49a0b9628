"""The tenant's operators and admins: invited, changed, let go."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from data import operators, sessions, writes
from data.db import Connection
from data.operators import Change, Operator
from data.writes import Write
from server.access import App, Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, cursor_of, moment_and_id
from server.routes.auth import TOKENS_EXAMPLE, Email
from server.wiring import Services
from tools.request import write_of

router = APIRouter(prefix="/v1/operators", tags=["operators"], responses=PROBLEM_RESPONSES)

Manager = Annotated[Principal, allow(Permission.MANAGE_OPERATORS)]
Id = Annotated[UUID, Path()]
Name = Annotated[str, Field(max_length=100)]
RoleName = Literal["operator", "admin"]

OPERATOR_EXAMPLE: dict[str, Any] = {
    "id": TOKENS_EXAMPLE["operator_id"],
    "email": "sam@example.com",
    "name": "Sam",
    "role": "operator",
    "active": True,
    "has_password": False,
    "has_single_sign_on": False,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
    "last_sign_in_at": None,
}
INVITED_EXAMPLE: dict[str, Any] = {
    **OPERATOR_EXAMPLE,
    "invitation_token": TOKENS_EXAMPLE["refresh_token"],
    "invitation_expires_at": "2026-03-04T09:30:00Z",
}


class OperatorOut(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [OPERATOR_EXAMPLE]})

    id: UUID
    email: str
    name: str
    role: RoleName
    active: bool
    has_password: bool
    has_single_sign_on: bool
    created_at: datetime
    updated_at: datetime
    last_sign_in_at: datetime | None


class Invited(OperatorOut):
    """Give `invitation_token` to the operator: `POST /v1/auth/invitation` takes it once.

    It is null in the answer to a repeated request, since it was in the first one; if that was lost,
    `POST /v1/operators/{operator_id}/invitation` makes another.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [INVITED_EXAMPLE]})

    invitation_token: str | None
    invitation_expires_at: datetime


class OperatorPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [OPERATOR_EXAMPLE], "next": None}]}
    )

    items: list[OperatorOut]
    next: str | None


class OperatorRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"email": "sam@example.com", "name": "Sam"}]},
    )

    email: Email
    name: Name = ""
    role: RoleName = "operator"


class OperatorChange(BaseModel):
    """What is left out stays as it is. Whoever is not `active` is signed out and stays out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Sam Lee", "role": "admin"}]}
    )

    name: Name | None = None
    role: RoleName | None = None
    active: bool | None = None


@router.get("")
async def list_operators(
    who: Manager, db: Db, limit: Limit = 50, cursor: Cursor = None
) -> OperatorPage:
    """Everybody, in the order they were added."""
    found = await operators.list_operators(
        db, who.tenant, after=moment_and_id(cursor), limit=limit + 1
    )
    page = found[:limit]
    following = cursor_of(page[-1].created_at.isoformat(), str(page[-1].id)) if page else None
    return OperatorPage(
        items=[_shown(one) for one in page], next=following if len(found) > limit else None
    )


@router.post("", status_code=201)
async def add_operator(
    body: OperatorRequest,
    who: Manager,
    db: Db,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> Invited:
    """Add an operator or admin, with an invitation to choose a password.

    Where there is single sign-on they may use that instead, under the same address.
    """
    write = write_of(who.scope(), "add_operator", idempotency_key, body.model_dump())
    if not await writes.claim_write(db, who.scope(), write):
        return _again(await writes.repeated(db, who.scope(), write))
    added = await operators.add_operator(db, who.tenant, body.email, body.name, body.role)
    return await _invited(db, services, who, write, added)


@router.patch("/{operator_id}")
async def change_operator(
    operator_id: Id, body: OperatorChange, who: Manager, db: Db
) -> OperatorOut:
    """Change name or role, or close and open the account. It counts within five seconds."""
    change = Change(name=body.name, role=body.role, active=body.active)
    changed = await operators.change_operator(db, who.tenant, operator_id, change)
    if body.active is False:
        await sessions.revoke_sessions(db, who.tenant, operator_id)
    return _shown(changed)


@router.post("/{operator_id}/invitation", status_code=201)
async def invite_again(
    operator_id: Id,
    who: Manager,
    db: Db,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> Invited:
    """Another invitation, for a lost or forgotten password; earlier ones are void."""
    asked = {"operator_id": operator_id}
    write = write_of(who.scope(), "invite_operator", idempotency_key, asked)
    if not await writes.claim_write(db, who.scope(), write):
        return _again(await writes.repeated(db, who.scope(), write))
    found = await operators.get_operator(db, who.tenant, operator_id)
    return await _invited(db, services, who, write, found)


async def _invited(
    db: Connection, services: Services, who: Principal, write: Write, one: Operator
) -> Invited:
    """Invite them, and keep what came of it with the request: all but the token."""
    token, until = await services.sign_in.invite(db, who.tenant, one.id, who.party)
    answer = Invited(
        **_shown(one).model_dump(), invitation_token=token, invitation_expires_at=until
    )
    kept = answer.model_dump(mode="json", exclude={"invitation_token"})
    await writes.complete_write(db, who.scope(), write.key, before=None, after=kept)
    return answer


def _again(kept: dict[str, Any]) -> Invited:
    return Invited(**kept, invitation_token=None)


def _shown(one: Operator) -> OperatorOut:
    return OperatorOut.model_validate(one, from_attributes=True)
