"""A tenant's credentials at channels and providers. The table holds them sealed only."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one
from data.sealing import Keyring

SELECT = "SELECT kind, name, sealed, updated_at FROM credentials WHERE tenant = %s"


@dataclass(frozen=True, slots=True)
class Credential:
    """`kind` is channel or provider, `name` such as twilio or openai."""

    kind: str
    name: str
    sealed: str
    updated_at: datetime

    def __repr__(self) -> str:
        return f"Credential({self.kind}/{self.name})"


def place_of(tenant: str, kind: str, name: str) -> str:
    """What the secret is sealed for."""
    return f"{tenant}/{kind}/{name}"


async def put_credential(
    db: Connection, keyring: Keyring, tenant: str, kind: str, name: str, secret: str
) -> None:
    """Store a credential, or another in its place."""
    await db.execute(
        "INSERT INTO credentials (tenant, kind, name, sealed) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (tenant, kind, name) DO UPDATE"
        " SET sealed = excluded.sealed, updated_at = now()",
        (tenant, kind, name, keyring.seal(secret, place_of(tenant, kind, name))),
    )


async def get_credential(
    db: Connection, keyring: Keyring, tenant: str, kind: str, name: str
) -> str:
    """The secret itself.

    Raises:
        NotFound: the tenant gave none.
        CannotOpen: its key is gone, or somebody changed the row.
    """
    found = await fetch_one(
        db, Credential, SELECT + " AND kind = %s AND name = %s", (tenant, kind, name)
    )
    if found is None:
        raise NotFound("credential", f"{kind}/{name}")
    return keyring.open(found.sealed, place_of(tenant, kind, name))


async def list_credentials(db: Connection, tenant: str) -> list[Credential]:
    """What the tenant gave, by kind and name."""
    return await fetch_all(db, Credential, SELECT + " ORDER BY kind, name", [tenant])


async def delete_credential(db: Connection, tenant: str, kind: str, name: str) -> bool:
    """Forget a credential; False when there was none."""
    cursor = await db.execute(
        "DELETE FROM credentials WHERE tenant = %s AND kind = %s AND name = %s",
        (tenant, kind, name),
    )
    return bool(cursor.rowcount)


async def sealed_otherwise(db: Connection, tenant: str, prefix: str) -> list[Credential]:
    """Those that another key sealed; locked until the transaction ends."""
    return await fetch_all(
        db,
        Credential,
        SELECT + " AND NOT starts_with(sealed, %s) ORDER BY kind, name FOR UPDATE",
        (tenant, prefix),
    )


async def reseal(db: Connection, keyring: Keyring, tenant: str, credential: Credential) -> None:
    """Seal a credential with the first key; its secret and its date stay.

    Raises:
        CannotOpen: its key is gone, or somebody changed the row.
    """
    place = place_of(tenant, credential.kind, credential.name)
    sealed = keyring.seal(keyring.open(credential.sealed, place), place)
    await db.execute(
        "UPDATE credentials SET sealed = %s WHERE tenant = %s AND kind = %s AND name = %s",
        (sealed, tenant, credential.kind, credential.name),
    )
