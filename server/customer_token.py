"""A customer's token made by the installation itself, for trying things out."""

from datetime import timedelta

from data import customers, tenants
from data.db import open_database
from server.auth.tokens import customer_token
from server.prepare import database_url
from server.settings import Settings


async def sign_token(settings: Settings, tenant: str, customer_id: int, life: timedelta) -> str:
    """A token for one of a tenant's customers, signed with the tenant's secret.

    Raises:
        NotFound: there is no such tenant, or it has no such customer.
    """
    async with open_database(database_url(settings), minimum=1, maximum=2) as database:
        async with database.ops_transaction() as ops:
            known = await tenants.get_tenant(ops, tenant)
        async with database.transaction(known.id) as db:
            await customers.get_customer(db, known.id, customer_id)
    return customer_token(known.token_secret, known.id, customer_id, life)
