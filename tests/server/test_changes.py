"""Hearing of what other processes changed, also after the connection broke."""

import asyncio

import psycopg

from data.changes import CHANNEL, announce
from data.db import Database
from server.changes import AGAIN_S, forgetting, hearing


async def told(db: Database, tenant: str, heard: list[str]) -> bool:
    """Whether a change is heard of soon after it is committed."""
    async with db.transaction(tenant) as tx:
        await announce(tx, tenant, "curated")
        assert tenant not in heard
    for _ in range(50):
        if tenant in heard:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_change_is_heard_of_when_it_is_committed(db: Database, database_url: str) -> None:
    heard: list[str] = []
    async with hearing(database_url, 1, {CHANNEL: forgetting({"curated": heard.append})}):
        assert await told(db, "acme", heard)
        async with db.transaction("globex") as tx:
            await announce(tx, "globex", "intents")
        assert await told(db, "initech", heard)
    assert heard == ["acme", "initech"]


async def test_a_broken_connection_is_made_again(db: Database, database_url: str) -> None:
    heard: list[str] = []
    async with hearing(database_url, 1, {CHANNEL: forgetting({"curated": heard.append})}):
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        await asyncio.sleep(AGAIN_S + 0.5)
        assert await told(db, "acme", heard)
