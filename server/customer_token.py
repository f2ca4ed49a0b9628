"""A customer's token made by the installation itself, for trying things out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from data import customers, tenants
from data.condition import read_condition
from data.db import Database, open_database
from data.errors import Conflict
from server.auth.tokens import customer_token
from server.installation import keyring
from server.prepare import database_url
from server.settings import Settings


async def sign_token(settings: Settings, tenant: str, customer_id: int, life: timedelta) -> str:
    """A token for one of a tenant's customers, signed with the tenant's secret.

    Raises:
        NotFound: there is no such tenant, or it has no such customer.
        Conflict: the tenant signs with a key of its own.
        psycopg.OperationalError: the database does not answer.
    """
    async with _opened(settings) as database:
        secret = await _secret(database, tenant)
        async with database.transaction(tenant) as db:
            await customers.get_customer(db, tenant, customer_id)
    return customer_token(secret, tenant, customer_id, life)


async def token_secret(settings: Settings, tenant: str) -> str:
    """What the tenant's own application signs its customers' tokens with.

    Raises:
        NotFound: there is no such tenant.
        Conflict: the tenant signs with a key of its own.
        psycopg.OperationalError: the database does not answer.
    """
    async with _opened(settings) as database:
        return await _secret(database, tenant)


async def _secret(database: Database, tenant: str) -> str:
    async with database.ops_transaction() as ops:
        found = await tenants.get_tenant(ops, tenant)
    if found.token_public_key is not None:
        raise Conflict(
            f"{tenant} signs its customers' tokens with a private key of its own, by"
            f" {found.token_algorithm}; tokens signed with its secret are not taken"
        )
    return found.token_secret


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    url = database_url(settings)
    await asyncio.to_thread(read_condition, url)  # a pool would wait half a minute for nobody
    async with open_database(url, minimum=1, maximum=2, keyring=keyring(settings)) as database:
        yield database
