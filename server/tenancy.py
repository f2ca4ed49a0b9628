"""One tenant's rows for a word of the command, without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from data import tenants
from data.db import Connection, open_database
from data.errors import Invalid, NotFound
from data.lock import setting_up
from data.migrate import migrate
from server.prepare import database_url
from server.settings import Settings


@asynccontextmanager
async def as_tenant(settings: Settings, tenant: str) -> AsyncIterator[Connection]:
    """One transaction as the tenant; in dev the schema is brought up to date before.

    Raises:
        Invalid: there is no such tenant.
    """
    url = database_url(settings)
    if settings.env == "dev":
        async with setting_up(url):
            await asyncio.to_thread(migrate, url)
    async with open_database(url, minimum=1, maximum=1) as database:
        async with database.ops_transaction() as ops:
            try:
                await tenants.get_tenant(ops, tenant)
            except NotFound:
                raise Invalid("--tenant", f"there is no tenant {tenant!r}") from None
        async with database.transaction(tenant) as db:
            yield db
