"""Postgres' own notifications: one connection a process hears all that is told on its channels."""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.db import APP_ROLE, Connection, TenantConnection, as_role
from data.processes import begin_life

# A machine that is gone without a word is missed by the other end after some ten seconds.
PROBES = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3}


@dataclass(frozen=True, slots=True)
class Signal:
    """What somebody told, once their transaction was committed."""

    channel: str
    payload: str


async def signals(
    url: str, process: int, channels: Collection[str]
) -> AsyncGenerator[Signal | None]:
    """What is told from now on. The first, None, says that we listen.

    For as long as it lasts, `process` is among those that live.

    Raises:
        psycopg.OperationalError: the database does not answer, or went away.
    """
    db = await TenantConnection.connect(_probed(as_role(url, APP_ROLE)), autocommit=True)
    async with db:
        await begin_life(db, process)
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


def _probed(url: str) -> str:
    """The same connection string, both ends of which see that the other is gone."""
    options = conninfo_to_dict(url).get("options") or ""
    theirs = " ".join(f"-c tcp_{name}={value}" for name, value in PROBES.items())
    return make_conninfo(url, options=f"{options} {theirs}".strip(), **PROBES)
