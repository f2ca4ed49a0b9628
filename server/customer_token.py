"""A customer's token made by the installation itself, for trying things out."""

import asyncio
from datetime import timedelta

from data import customers, tenants
from data.condition import read_condition
from data.db import open_database
from server.auth.tokens import customer_token
from server.prepare import database_url
from server.settings import Settings


async def sign_token(settings: Settings, tenant: str, customer_id: int, life: timedelta) -> str:
    """A token for one of a tenant's customers, signed with the tenant's secret.

    Raises:
        NotFound: there is no such tenant, or it has no such customer.
        psycopg.OperationalError: the database does not answer.
    """
    url = database_url(settings)
    await asyncio.to_thread(read_condition, url)  # a pool would wait half a minute for nobody
    async with open_database(url, minimum=1, maximum=2) as database:
        async with database.ops_transaction() as ops:
            known = await tenants.get_tenant(ops, tenant)
        async with database.transaction(known.id) as db:
            await customers.get_customer(db, known.id, customer_id)
    return customer_token(known.token_secret, known.id, customer_id, life)
