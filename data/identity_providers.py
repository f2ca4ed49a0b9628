"""A tenant's own identity provider, through which its operators sign in. Kept as a credential."""

import json
from dataclasses import asdict, dataclass, field

from data.credentials import delete_credential, get_credential, put_credential
from data.db import Connection
from data.errors import Conflict, NotFound
from data.operators import unbind_single_sign_on
from data.sealing import Keyring

PLACE = ("provider", "single-sign-on")


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """What the tenant is known as there. `client_secret` None: a client that has none."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)


async def find_provider(db: Connection, tenant: str) -> IdentityProvider | None:
    """The tenant's own, if it has one.

    Raises:
        CannotOpen: its key is gone.
        Conflict: there is one, and the installation has no keys.
    """
    if db.keyring is None:
        return None  # nothing can have been stored without
    try:
        kept = await get_credential(db, db.keyring, tenant, *PLACE)
    except NotFound:
        return None
    return IdentityProvider(**json.loads(kept))


async def put_provider(db: Connection, tenant: str, provider: IdentityProvider) -> None:
    """From now on the tenant's operators sign in there.

    Whom another provider meant is nobody's word any more: operators are known anew by address.

    Raises:
        Conflict: the installation has no keys to seal the secret with.
    """
    before = await find_provider(db, tenant)
    await put_credential(db, _keyring(db), tenant, *PLACE, json.dumps(asdict(provider)))
    if before is None or before.issuer != provider.issuer:
        await unbind_single_sign_on(db, tenant)


async def delete_provider(db: Connection, tenant: str) -> bool:
    """Back to the installation's provider, if it has one; False when there was none to forget."""
    gone = await delete_credential(db, tenant, *PLACE)
    if gone:
        await unbind_single_sign_on(db, tenant)
    return gone


def _keyring(db: Connection) -> Keyring:
    if db.keyring is None:
        raise Conflict(
            "this installation has no ENCRYPTION_KEYS to seal the secret with;"
            " `switchboard encrypt --new-key` prints one"
        )
    return db.keyring
