"""Hearing what other processes tell: one connection to the database for whoever wants to know."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from psycopg import OperationalError

from data.signals import signals
from server.beside import beside

logger = logging.getLogger(__name__)

AGAIN_S = 2.0  # after the connection broke; meanwhile everybody looks at the rows now and then

Hear = Callable[[str], None]
"""Is given what was told. It must not wait."""


def forgetting(forget: Mapping[str, Callable[[str], None]]) -> Hear:
    """What to do when word of a change comes: call one of these with the tenant it concerns."""

    def hear(payload: str) -> None:
        kept, _, tenant = payload.partition(" ")
        if kept in forget:
            forget[kept](tenant)

    return hear


@asynccontextmanager
async def hearing(
    url: str,
    process: int,
    heard_by: Mapping[str, Hear],
    missed: Callable[[], None] = lambda: None,
) -> AsyncIterator[None]:
    """Listen while the block runs.

    Args:
        url: the database.
        process: who listens, and lives as long as it does (see `data.processes`).
        heard_by: who hears what is told, by channel.
        missed: called whenever listening begins, since nobody knows what was told before.
    """
    listening = asyncio.Event()
    async with beside(_listen(url, process, heard_by, missed, listening)):
        with suppress(TimeoutError):
            await asyncio.wait_for(listening.wait(), AGAIN_S)
        yield


async def _listen(
    url: str,
    process: int,
    heard_by: Mapping[str, Hear],
    missed: Callable[[], None],
    listening: asyncio.Event,
) -> None:
    while True:
        try:
            async for signal in signals(url, process, heard_by):
                if signal is not None:
                    pass_on(heard_by[signal.channel], signal.payload)
                    continue
                listening.set()
                missed()
        except OperationalError:
            logger.warning("changes_unheard", exc_info=True)
        await asyncio.sleep(AGAIN_S)


def pass_on(hear: Hear, payload: str) -> None:
    """One listener's mistake must not make the others deaf."""
    try:
        hear(payload)
    except Exception:
        logger.exception("signal_failed")
