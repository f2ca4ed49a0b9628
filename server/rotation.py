"""Seal everything with the first of ENCRYPTION_KEYS, so that older keys can be removed."""

from dataclasses import dataclass, field

from data import credentials, tenants
from data.db import Database
from data.sealing import CannotOpen, Keyring
from server.prepare import Report


@dataclass(slots=True)
class Rotated:
    """`unopened` are sentences about what no key opens; it was left as it is."""

    resealed: int = 0
    unopened: list[str] = field(default_factory=list)


async def rotate(database: Database, keyring: Keyring, report: Report) -> Rotated:
    """Seal anew what another key has sealed, a tenant a transaction.

    Broken off, it goes on where it was: what is done already begins with the first key's name.
    """
    async with database.ops_transaction() as ops:
        everybody = [tenant.id for tenant in await tenants.list_tenants(ops)]
    rotated = Rotated()
    for done, tenant in enumerate(everybody):
        report("credentials", done, len(everybody))
        async with database.transaction(tenant) as db:
            for found in await credentials.sealed_otherwise(db, tenant, keyring.prefix):
                try:
                    await credentials.reseal(db, keyring, tenant, found)
                    rotated.resealed += 1
                except CannotOpen as error:
                    rotated.unopened.append(str(error))
    report("credentials", len(everybody), len(everybody))
    return rotated
