"""Which tenants have their personal data sealed, and where they are on the way there or back."""

import os
from dataclasses import dataclass, field

from data.db import Connection
from data.personal import State, key_place_of
from data.rows import fetch_all, fetch_one
from data.sealing import Keyring

DIGEST_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SealedTenant:
    """`sealing` is a `State`, None where the tenant's data are open."""

    id: str
    sealing: str
    digest_key: str = field(repr=False)


SELECT = (
    "SELECT id, CASE WHEN sealed_at IS NULL THEN sealing ELSE 'sealed' END AS sealing, digest_key"
    " FROM ops.tenants WHERE sealing IS NOT NULL"
)


async def list_sealed(ops: Connection) -> list[SealedTenant]:
    """Those that are on the way or there, by id."""
    return await fetch_all(ops, SealedTenant, SELECT + " ORDER BY id")


async def find_state(ops: Connection, tenant: str) -> State | None:
    """Where a tenant is; None where its data are open, or there is no such tenant."""
    found = await fetch_one(ops, SealedTenant, SELECT + " AND id = %s", [tenant])
    return State(found.sealing) if found else None


async def begin(ops: Connection, keyring: Keyring, tenant: str) -> None:
    """From open to PREPARING, with a fresh key for the tenant's digests."""
    digest_key = keyring.seal(os.urandom(DIGEST_KEY_BYTES).hex(), key_place_of(tenant))
    await _wait_for_writers(ops, tenant)
    await ops.execute(
        "UPDATE ops.tenants SET sealing = %s, digest_key = %s WHERE id = %s AND sealing IS NULL",
        (State.PREPARING, digest_key, tenant),
    )


async def move_on(ops: Connection, tenant: str, before: State, after: State | None) -> None:
    """From one state to the next, unless somebody else did; None is open, and has no key.

    Whoever writes meanwhile has seen the state before and is waited for; whoever writes later
    sees the one after.
    """
    await _wait_for_writers(ops, tenant)
    await ops.execute(
        "UPDATE ops.tenants SET sealing = %(after)s::text, sealed_at = NULL,"
        " digest_key = CASE WHEN %(after)s::text IS NULL THEN NULL ELSE digest_key END"
        " WHERE id = %(tenant)s AND sealing = %(before)s",
        {"tenant": tenant, "before": before, "after": after},
    )


async def note_sealed(ops: Connection, tenant: str) -> None:
    """From SEALING to SEALED: no row is open any more."""
    await ops.execute(
        "UPDATE ops.tenants SET sealed_at = now()"
        " WHERE id = %s AND sealing = 'sealing' AND sealed_at IS NULL",
        [tenant],
    )


async def reseal_digest_key(ops: Connection, keyring: Keyring, tenant: str) -> None:
    """Seal the key of the tenant's digests with the first key; the digests stay as they are.

    Raises:
        CannotOpen: ENCRYPTION_KEYS has no key for it.
    """
    found = await fetch_one(ops, SealedTenant, SELECT + " AND id = %s FOR NO KEY UPDATE", [tenant])
    if found is None or found.digest_key.startswith(keyring.prefix):
        return
    place = key_place_of(tenant)
    await ops.execute(
        "UPDATE ops.tenants SET digest_key = %s WHERE id = %s",
        (keyring.seal(keyring.open(found.digest_key, place), place), tenant),
    )


async def _wait_for_writers(ops: Connection, tenant: str) -> None:
    """Until this transaction ends, nobody writes personal data of the tenant's."""
    await ops.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('sealing:' || %s, 0))", [tenant]
    )
