"""Word of changes to what every process keeps in memory, over Postgres' own notifications."""

from typing import Literal

from data.db import Connection

CHANNEL = "switchboard_changes"

Kept = Literal["curated", "intents"]
"""What processes keep: a tenant's curated answers, or its intents and their examples."""


async def announce(db: Connection, tenant: str, kept: Kept) -> None:
    """Tell every process that listens, once this transaction is committed."""
    await db.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{kept} {tenant}"))
