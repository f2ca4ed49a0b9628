from contextlib import aclosing

import psycopg

from data.db import Database
from data.processes import list_living
from data.signals import signals


async def living(db: Database) -> frozenset[int]:
    async with db.ops.connection() as ops:
        return await list_living(ops)


async def test_a_process_lives_while_its_session_does(db: Database, database_url: str) -> None:
    assert await living(db) == frozenset()
    async with aclosing(signals(database_url, 7, ["words"])) as one:
        await anext(one)
        async with aclosing(signals(database_url, 2**31 - 1, ["words"])) as other:
            await anext(other)
            assert await living(db) == {7, 2**31 - 1}
        with psycopg.connect(database_url, autocommit=True) as killer:
            (backend,) = killer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
                " WHERE locktype = 'advisory' AND objid = 7"
            ).fetchone() or (False,)
        assert backend
        assert await living(db) == frozenset()
