"""Tenants: the companies that use this installation. They live in `ops`, outside any tenant."""

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from data.changes import announce
from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

SELECT = (
    "SELECT id, name, settings, token_secret, token_algorithm, token_public_key FROM ops.tenants"
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """`token_secret` signs the tenant's customer tokens; never show it to anybody.

    A tenant that registered a public key signs them with a key of its own instead: then
    `token_algorithm` is another than HS256, and the secret is good for nothing.
    """

    id: str
    name: str
    settings: dict[str, Any]
    token_secret: str
    token_algorithm: str = "HS256"  # noqa: S105
    token_public_key: str | None = None

    def __repr__(self) -> str:
        return f"Tenant({self.id!r})"


async def get_tenant(ops: Connection, tenant: str) -> Tenant:
    """One tenant.

    Raises:
        NotFound: there is none of that id.
    """
    found = await fetch_one(ops, Tenant, SELECT + " WHERE id = %s", [tenant])
    if found is None:
        raise NotFound("tenant", tenant)
    return found


async def lock_tenant(ops: Connection, tenant: str) -> Tenant:
    """The same, locked until the transaction ends: for who changes a part of a setting.

    Raises:
        NotFound: there is none of that id.
    """
    found = await fetch_one(ops, Tenant, SELECT + " WHERE id = %s FOR NO KEY UPDATE", [tenant])
    if found is None:
        raise NotFound("tenant", tenant)
    return found


async def list_tenants(ops: Connection) -> list[Tenant]:
    """All of them, by id."""
    return await fetch_all(ops, Tenant, SELECT + " ORDER BY id")


async def add_tenant(ops: Connection, tenant: Tenant) -> bool:
    """Add a tenant; False when the id is taken, whose row is then left as it is."""
    cursor = await ops.execute(
        "INSERT INTO ops.tenants (id, name, settings, token_secret) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (tenant.id, tenant.name, Jsonb(tenant.settings), tenant.token_secret),
    )
    return bool(cursor.rowcount)


async def upsert_tenant(ops: Connection, tenant: Tenant) -> None:
    """Add a tenant, or give it this name and these settings.

    The secret of one that is there stays: another would void every token in its customers' hands.
    """
    await ops.execute(
        "INSERT INTO ops.tenants (id, name, settings, token_secret) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, settings = excluded.settings,"
        " updated_at = now()",
        (tenant.id, tenant.name, Jsonb(tenant.settings), tenant.token_secret),
    )


async def set_setting(ops: Connection, tenant: str, name: str, value: Any) -> None:
    """Give one of a tenant's settings another value; None takes it away. Processes hear of it.

    Raises:
        NotFound: there is no such tenant.
    """
    changed = "settings - %(name)s" if value is None else "settings || %(new)s"
    cursor = await ops.execute(
        f"UPDATE ops.tenants SET settings = {changed}, updated_at = now() WHERE id = %(tenant)s",  # noqa: S608
        {"name": name, "new": Jsonb({name: value}), "tenant": tenant},
    )
    if not cursor.rowcount:
        raise NotFound("tenant", tenant)
    await announce(ops, tenant, "company")


async def set_token_key(
    ops: Connection, tenant: str, algorithm: str, public_key: str | None
) -> None:
    """From now on the tenant's customer tokens are signed so; without a key, with its secret.

    Raises:
        NotFound: there is no such tenant.
    """
    cursor = await ops.execute(
        "UPDATE ops.tenants SET token_algorithm = %s, token_public_key = %s, updated_at = now()"
        " WHERE id = %s",
        (algorithm, public_key, tenant),
    )
    if not cursor.rowcount:
        raise NotFound("tenant", tenant)
