"""Hearing of changes that another process made to what this one keeps in memory."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from psycopg import OperationalError

from data.changes import changes

logger = logging.getLogger(__name__)

AGAIN_S = 2.0  # after the connection broke; meanwhile everybody looks at the rows now and then


@asynccontextmanager
async def hearing(url: str, forget: Mapping[str, Callable[[str], None]]) -> AsyncIterator[None]:
    """Forget what was changed as soon as it is committed, whoever changed it.

    Args:
        url: the database.
        forget: what to call with the tenant, by what was changed.
    """
    heard = asyncio.Event()
    task = asyncio.create_task(_listen(url, forget, heard))
    with suppress(TimeoutError):
        await asyncio.wait_for(heard.wait(), AGAIN_S)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(
    url: str, forget: Mapping[str, Callable[[str], None]], heard: asyncio.Event
) -> None:
    while True:
        try:
            async for kept, tenant in changes(url):
                heard.set()
                if kept in forget:
                    forget[kept](tenant)
        except OperationalError:
            logger.warning("changes_unheard", exc_info=True)
        await asyncio.sleep(AGAIN_S)
