"""Word of changes to what every process keeps in memory, over Postgres' own notifications."""

from typing import Literal

from data.db import Connection

CHANNEL = "switchboard_changes"

Kept = Literal["company", "curated", "intents"]
"""What processes keep of a tenant: what it says of itself, curated answers, intents."""


async def announce(db: Connection, tenant: str, kept: Kept) -> None:
    """Tell every process that listens, once this transaction is committed."""
    await db.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{kept} {tenant}"))
