"""What the pools hand out."""

import asyncio

import psycopg

from data.db import Database, answers


async def test_a_connection_that_the_server_closed_is_given_to_nobody(
    db: Database, database_url: str
) -> None:
    async with db.transaction("acme") as inside:
        assert await answers(inside)
    with psycopg.connect(database_url, autocommit=True) as admin:
        ended = admin.execute(
            "SELECT pid, pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename IS NOT NULL"
            " AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended
    await asyncio.sleep(0.2)  # a process lives on for a moment after its row
    async with db.transaction("acme") as inside, db.ops_transaction() as ops:
        assert await answers(inside)
        assert await answers(ops)
