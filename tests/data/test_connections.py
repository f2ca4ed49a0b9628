"""What the pools hand out."""

import time

import psycopg

from data.db import Database, answers

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def test_a_connection_that_the_server_closed_is_given_to_nobody(
    db: Database, database_url: str
) -> None:
    async with db.transaction("acme") as inside:
        assert await answers(inside)
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")
        while admin.execute(f"SELECT pid {OTHERS}").fetchall():
            time.sleep(0.01)
    async with db.transaction("acme") as inside, db.ops_transaction() as ops:
        assert await answers(inside)
        assert await answers(ops)
