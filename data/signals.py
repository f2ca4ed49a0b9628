"""Postgres' own notifications: one connection a process hears all that is told on its channels."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection, sql

from data.db import APP_ROLE, Connection, as_role


@dataclass(frozen=True, slots=True)
class Signal:
    """What somebody told, once their transaction was committed."""

    channel: str
    payload: str


async def signals(url: str, channels: Collection[str]) -> AsyncIterator[Signal | None]:
    """What is told from now on. The first, None, says that we listen.

    Raises:
        psycopg.OperationalError: the database does not answer, or went away.
    """
    db = await AsyncConnection.connect(as_role(url, APP_ROLE), autocommit=True)
    async with db:
        for channel in channels:
            await db.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield None
        async for notice in db.notifies():
            yield Signal(notice.channel, notice.payload)


async def tell(db: Connection, channel: str, payloads: Sequence[str]) -> None:
    """Tell every process that listens, at once and without waiting for the disk.

    Each payload may have up to 7,999 bytes. What is told so leaves nothing behind.
    """
    await db.execute(
        "WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
        " SELECT pg_notify(%s, each) FROM quick, unnest(%s::text[]) AS each",
        (channel, list(payloads)),
    )
