"""API keys: found by a keyed digest. The key itself is shown once and stored nowhere."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from data.db import Connection
from data.errors import Conflict, NotFound
from data.rows import fetch_all, fetch_one

PREFIX_LENGTH = 10  # enough to tell keys apart in a list, far too little to guess the rest

SELECT = (
    "SELECT id, tenant, name, prefix, role, scopes, created_at, expires_at, revoked_at,"
    " last_used_at, replaces,"
    " revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS valid"
    " FROM ops.api_keys"
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`role` is app or admin; `valid`: neither revoked nor expired.

    `last_used_at` is some seconds behind; `replaces` is the key that this one was rotated from.
    """

    id: UUID
    tenant: str
    name: str
    prefix: str
    role: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaces: UUID | None
    valid: bool


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A request for a key: who asked and under which name, and what for. Made once."""

    name: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key about to be stored: what `digest_of` and `prefix_of` made of it."""

    tenant: str
    name: str
    prefix: str
    digest: bytes
    role: str
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    replaces: UUID | None = None
    request: KeyRequest | None = None


def new_key() -> str:
    """A fresh key: `sb_` and 43 characters that carry 256 random bits."""
    return f"sb_{secrets.token_urlsafe(32)}"


def prefix_of(key: str) -> str:
    """What a list of keys may show."""
    return key[:PREFIX_LENGTH]


def digest_of(key: str, pepper: str) -> bytes:
    """HMAC-SHA256 under the installation's pepper: a stolen table alone tests no guesses."""
    return hmac.digest(pepper.encode(), key.encode(), "sha256")


async def store_key(ops: Connection, key: NewKey) -> bool:
    """Add a key; False when it is there already, revoked or not, or its request made one."""
    cursor = await ops.execute(
        "INSERT INTO ops.api_keys"
        " (tenant, name, prefix, digest, role, scopes, expires_at, replaces, request, request_body)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            key.tenant,
            key.name,
            key.prefix,
            key.digest,
            key.role,
            list(key.scopes),
            key.expires_at,
            key.replaces,
            key.request.name if key.request else None,
            Jsonb(key.request.body) if key.request else None,
        ),
    )
    return bool(cursor.rowcount)


async def find_key(ops: Connection, digest: bytes) -> ApiKey | None:
    """The key of that digest, whether it is still valid or not."""
    return await fetch_one(ops, ApiKey, SELECT + " WHERE digest = %s", [digest])


async def find_requested(ops: Connection, tenant: str, request: KeyRequest) -> ApiKey | None:
    """The key that this very request has made.

    Raises:
        Conflict: the same name was used for another request.
    """
    cursor = await ops.execute(
        "SELECT id, request_body FROM ops.api_keys WHERE tenant = %s AND request = %s",
        (tenant, request.name),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if row[1] != request.body:
        raise Conflict("Idempotency-Key: already used for another request; send a new one")
    return await get_key(ops, tenant, row[0])


async def get_key(ops: Connection, tenant: str, key_id: UUID) -> ApiKey:
    """One of a tenant's keys.

    Raises:
        NotFound: the tenant has no such key.
    """
    found = await fetch_one(
        ops, ApiKey, SELECT + " WHERE tenant = %s AND id = %s", [tenant, key_id]
    )
    if found is None:
        raise NotFound("API key", key_id)
    return found


async def list_keys(
    ops: Connection,
    tenant: str,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> list[ApiKey]:
    """A tenant's keys, newest first, after the one made at `before`."""
    moment, last = before or (None, None)
    return await fetch_all(
        ops,
        ApiKey,
        SELECT + " WHERE tenant = %s"
        " AND (%s::timestamptz IS NULL OR (created_at, id) < (%s::timestamptz, %s::uuid))"
        " ORDER BY created_at DESC, id DESC LIMIT %s",
        [tenant, moment, moment, last, limit],
    )


async def rotate_key(ops: Connection, tenant: str, key_id: UUID, overlap: timedelta) -> ApiKey:
    """Let a key end after `overlap`, or when it would have ended anyway; the key as it was.

    Raises:
        NotFound: the tenant has no such key.
        Conflict: it is not valid any more.
    """
    found = await get_key(ops, tenant, key_id)
    cursor = await ops.execute(
        "UPDATE ops.api_keys SET expires_at = least(expires_at, now() + %s)"
        " WHERE tenant = %s AND id = %s AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > now())",
        (overlap, tenant, key_id),
    )
    if not cursor.rowcount:
        raise Conflict("the key is revoked or expired; make a new one")
    return found


async def note_uses(ops: Connection, uses: Mapping[UUID, datetime]) -> None:
    """Remember when keys were last used. Rows are locked in order: processes may do it at once."""
    await ops.execute(
        "WITH used AS (SELECT * FROM unnest(%s::uuid[], %s::timestamptz[]) AS used (id, moment)),"
        " held AS (SELECT id FROM ops.api_keys WHERE id IN (SELECT id FROM used)"
        " ORDER BY id FOR UPDATE)"
        " UPDATE ops.api_keys SET last_used_at = greatest(last_used_at, used.moment)"
        " FROM used, held WHERE api_keys.id = used.id AND held.id = used.id",
        (list(uses), list(uses.values())),
    )


async def revoke_key(ops: Connection, tenant: str, key_id: UUID) -> None:
    """Make a key worthless from now on. Doing it twice keeps the first moment.

    Raises:
        NotFound: the tenant has no such key.
    """
    cursor = await ops.execute(
        "UPDATE ops.api_keys SET revoked_at = coalesce(revoked_at, now())"
        " WHERE tenant = %s AND id = %s",
        (tenant, key_id),
    )
    if not cursor.rowcount:
        raise NotFound("API key", key_id)
