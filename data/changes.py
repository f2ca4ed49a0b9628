"""Word of changes to what every process keeps in memory, over Postgres' own notifications."""

from collections.abc import AsyncIterator
from typing import Literal

from psycopg import AsyncConnection

from data.db import APP_ROLE, Connection, as_role

CHANNEL = "switchboard_changes"

Kept = Literal["curated", "intents"]
"""What processes keep: a tenant's curated answers, or its intents and their examples."""


async def announce(db: Connection, tenant: str, kept: Kept) -> None:
    """Tell every process that listens, once this transaction is committed."""
    await db.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{kept} {tenant}"))


async def changes(url: str) -> AsyncIterator[tuple[str, str]]:
    """What changes from now on: (kept, tenant). The first, ("", ""), says that we listen.

    Raises:
        psycopg.OperationalError: the database does not answer, or went away.
    """
    db = await AsyncConnection.connect(as_role(url, APP_ROLE), autocommit=True)
    async with db:
        await db.execute(f"LISTEN {CHANNEL}")
        yield "", ""
        async for notice in db.notifies():
            kept, _, tenant = notice.payload.partition(" ")
            yield kept, tenant
