"""A throw-away database with the demo tenants, opened when something is first asked of it.

For whoever imports the graph long before running it, and often only to draw it.
"""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from operator import attrgetter

from data.db import Connections, Database, TenantConnection, open_database
from server.embedded import start_postgres, stop_postgres
from server.embedding import embedder_of
from server.prepare import set_up
from server.settings import Settings

MODELS = "models"  # exported once for the data directory and all its sandboxes

logger = logging.getLogger(__name__)


class Sandbox:
    """A data directory of its own inside the real one: delete it to start anew.

    `database` and `embedder` can be passed on at once. They belong to the event loop of the first
    transaction, which waits until everything is there: seconds, the first time a little longer.
    """

    def __init__(self, settings: Settings, folder: str) -> None:
        self._place = settings.data_dir / folder
        self._models = settings.data_dir / MODELS
        self._settings = settings.model_copy(update={"env": "dev", "data_dir": self._place})
        self._opening: asyncio.Task[Database] | None = None
        self._open_until_exit = AsyncExitStack()
        self.embedder = embedder_of(self._settings)
        self.database = Database(
            app=_Late(self._opened, attrgetter("app")),
            ops=_Late(self._opened, attrgetter("ops")),
            index=_Late(self._opened, attrgetter("index")),
        )

    async def _opened(self) -> Database:
        """The database with its pools. A failure is this caller's; the next one tries again."""
        if self._opening is None or (self._opening.done() and self._opening.exception()):
            # an empty context: nobody's tracing or streaming must follow the pools
            self._opening = asyncio.create_task(self._open(), context=contextvars.Context())
        # a caller that is cancelled must not take the others' database with it
        return await asyncio.shield(self._opening)

    async def _open(self) -> Database:
        logger.info("opening the demo data in %s", self._place)
        url = await asyncio.to_thread(self._start)
        await set_up(self._settings, url)
        self.embedder.start()
        await self.embedder.wait_ready()
        pools = open_database(url, minimum=1, maximum=10)
        return await self._open_until_exit.enter_async_context(pools)

    async def close(self) -> None:
        """Let go of everything that was opened; in the loop that opened it."""
        if self._opening is None:
            return
        self._opening.cancel()
        await asyncio.wait([self._opening])
        await self._open_until_exit.aclose()
        self.embedder.close()
        await asyncio.to_thread(stop_postgres, self._place)

    def _start(self) -> str:
        self._place.mkdir(parents=True, exist_ok=True)
        self._models.mkdir(exist_ok=True)
        here = self._place / MODELS
        if not here.exists():
            here.symlink_to(self._models.resolve())
        return start_postgres(self._place)


@dataclass(frozen=True, slots=True)
class _Late:
    """One of a database's pools, before there is any."""

    opened: Callable[[], Awaitable[Database]]
    pool: Callable[[Database], Connections]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[TenantConnection]:
        database = await self.opened()
        async with self.pool(database).connection() as db:
            yield db
