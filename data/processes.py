"""Which server processes live: each holds a lock for as long as its session with Postgres lasts.

A process that is killed loses its session, and the lock with it, at once and whatever it was doing.
"""

from data.db import Connection

LIVES = 21335  # the first half of these locks' key; the second is the process


async def begin_life(db: Connection, process: int) -> None:
    """Be alive to the others until this session ends, not only the transaction.

    Args:
        db: a session of the process's own, which no pool hands to others.
        process: its number, from 0 to 2**31 - 1.
    """
    await db.execute("SELECT pg_advisory_lock_shared(%s, %s)", (LIVES, process))


async def list_living(db: Connection) -> frozenset[int]:
    """The processes of this database that live."""
    cursor = await db.execute(
        "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
        " AND objsubid = 2 AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (LIVES,),
    )
    return frozenset([int(row[0]) async for row in cursor])
