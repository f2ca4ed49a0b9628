"""API keys of the caller's tenant: made, rotated, revoked. A key is shown once, when it is made."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from data import keys
from data.db import Connection
from data.errors import Invalid, NotFound
from data.keys import ApiKey, NewKey, digest_of, new_key, prefix_of
from data.scope import Role
from server.access import App, IdempotencyKey, OpsDb, allow
from server.auth.permissions import ALLOWED, SCOPES, Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, cursor_of, moment_and_id

router = APIRouter(prefix="/v1/api-keys", tags=["api keys"], responses=PROBLEM_RESPONSES)

Manager = Annotated[Principal, allow(Permission.MANAGE_KEYS)]
Id = Annotated[UUID, Path()]
Overlap = Annotated[int, Field(strict=True, ge=0, le=30 * 86400)]

KEY = "8d0c9f6e-6a0b-4f0e-9f43-0f5b1f3f7a11"
KEY_EXAMPLE: dict[str, Any] = {
    "id": KEY,
    "name": "web shop",
    "prefix": "sb_Xy12abc",
    "role": "app",
    "scopes": ["chat", "act_for_customers"],
    "valid": True,
    "created_at": "2026-03-01T09:30:00Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": "2026-03-02T08:00:00Z",
    "replaces": None,
}
MADE_EXAMPLE = {**KEY_EXAMPLE, "last_used_at": None, "key": "sb_Xy12abc…"}


class KeyOut(BaseModel):
    """A key without itself. `replaces`: the key it was rotated from."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY_EXAMPLE]})

    id: UUID
    name: str
    prefix: str
    role: Literal["app", "admin"]
    scopes: list[str]
    valid: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaces: UUID | None


class MadeKey(KeyOut):
    """With the key itself, which nobody can show again.

    `key` is null in the answer to a repeated request: it was in the first one. If that was lost,
    revoke the key and make another.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [MADE_EXAMPLE]})

    key: str | None


class KeyPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [KEY_EXAMPLE], "next": None}]}
    )

    items: list[KeyOut]
    next: str | None


class KeyRequest(BaseModel):
    """`scopes` are an app's permissions; an admin's key has all of them and names none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "web shop", "scopes": ["chat", "act_for_customers"]}]
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Literal["app", "admin"] = "app"
    scopes: Annotated[list[Permission], Field(max_length=len(Permission))] = []
    expires_at: AwareDatetime | None = None


class Rotation(BaseModel):
    """`overlap_s`: for how many seconds the old key works beside the new one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap_s": 3600}]})

    overlap_s: Overlap = 86400


@router.get("")
async def list_keys(who: Manager, ops: OpsDb, limit: Limit = 50, cursor: Cursor = None) -> KeyPage:
    """The tenant's keys, newest first."""
    found = await keys.list_keys(ops, who.tenant, before=moment_and_id(cursor), limit=limit + 1)
    page = found[:limit]
    following = cursor_of(page[-1].created_at.isoformat(), str(page[-1].id)) if page else None
    return KeyPage(
        items=[_shown(one) for one in page], next=following if len(found) > limit else None
    )


@router.post("", status_code=201)
async def make_key(
    body: KeyRequest,
    who: Manager,
    ops: OpsDb,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> MadeKey:
    """A new key. The answer is the only time it is shown."""
    _check_scopes(body)
    request = _request(who, idempotency_key, body.model_dump(mode="json"))
    if request and (made := await keys.find_requested(ops, who.tenant, request)):
        return _without_key(made)
    scopes = SCOPES if body.role == "admin" else body.scopes
    key = new_key()
    new = NewKey(
        tenant=who.tenant,
        name=body.name,
        prefix=prefix_of(key),
        digest=digest_of(key, services.authenticator.secrets.pepper),
        role=body.role,
        scopes=tuple(sorted(set(map(str, scopes)))),
        expires_at=body.expires_at,
        request=request,
    )
    return await _made(ops, key, new)


@router.post("/{key_id}/rotate", status_code=201)
async def rotate_key(
    key_id: Id,
    body: Rotation,
    who: Manager,
    ops: OpsDb,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> MadeKey:
    """A new key in the place of another, which goes on working for `overlap_s`."""
    asked = {"replaces": str(key_id), "overlap_s": body.overlap_s}
    request = _request(who, idempotency_key, asked)
    if request and (made := await keys.find_requested(ops, who.tenant, request)):
        return _without_key(made)
    old = await keys.rotate_key(ops, who.tenant, key_id, timedelta(seconds=body.overlap_s))
    key = new_key()
    new = NewKey(
        tenant=who.tenant,
        name=old.name,
        prefix=prefix_of(key),
        digest=digest_of(key, services.authenticator.secrets.pepper),
        role=old.role,
        scopes=tuple(old.scopes),
        expires_at=old.expires_at,
        replaces=old.id,
        request=request,
    )
    return await _made(ops, key, new)


@router.delete("/{key_id}")
async def revoke_key(key_id: Id, who: Manager, ops: OpsDb) -> KeyOut:
    """The key stops working within five seconds, everywhere."""
    await keys.revoke_key(ops, who.tenant, key_id)
    return _shown(await keys.get_key(ops, who.tenant, key_id))


async def _made(ops: Connection, key: str, new: NewKey) -> MadeKey:
    stored = await keys.store_key(ops, new)
    if new.request and not stored:  # somebody sent the same at the same moment
        made = await keys.find_requested(ops, new.tenant, new.request)
        return _without_key(_existing(made, new))
    made = await keys.find_key(ops, new.digest)
    return MadeKey(key=key, **_shown(_existing(made, new)).model_dump())


def _existing(made: ApiKey | None, new: NewKey) -> ApiKey:
    if made is None:
        raise NotFound("API key", new.prefix)
    return made


def _without_key(made: ApiKey) -> MadeKey:
    return MadeKey(key=None, **_shown(made).model_dump())


def _request(
    who: Principal, idempotency_key: str | None, body: dict[str, Any]
) -> keys.KeyRequest | None:
    """How the caller names the request, if they do; two callers may use the same name."""
    if idempotency_key is None:
        return None
    return keys.KeyRequest(f"{who.party}:{idempotency_key}", body)


def _check_scopes(body: KeyRequest) -> None:
    """Refuse a scope that would open nothing.

    Raises:
        Invalid: a scope is not one for apps, or is given to an admin, who has them all.
    """
    if body.role == "admin" and body.scopes:
        raise Invalid("scopes", "an admin key has every scope; leave them out")
    if beyond := set(body.scopes) - ALLOWED[Role.APP]:
        raise Invalid("scopes", f"not for an app's key: {', '.join(sorted(beyond))}")


def _shown(one: ApiKey) -> KeyOut:
    return KeyOut.model_validate(one, from_attributes=True)
