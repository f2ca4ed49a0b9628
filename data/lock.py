"""A lock on a whole database, for work that must not be done by two processes at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection

from data.condition import CONNECT_S

SETTING_UP = 0x5B0A12E  # any constant; beside that of migrations


@asynccontextmanager
async def setting_up(url: str) -> AsyncIterator[None]:
    """Wait until nobody else sets the database up; a process that dies lets go.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    connection = await AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_S)
    async with connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", [SETTING_UP])
        yield
