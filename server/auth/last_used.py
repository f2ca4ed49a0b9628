"""When API keys were last used: noted in memory, written together now and then."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from data import keys
from data.db import Database
from server.beside import beside

logger = logging.getLogger(__name__)

WRITE_EVERY_S = 10.0


class LastUsed:
    """Uses of this process that are not written yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[UUID, datetime] = {}

    def note(self, key_id: UUID) -> None:
        """The key was used now."""
        self._waiting[key_id] = datetime.now(UTC)

    async def write(self) -> None:
        """One statement for all keys; what cannot be written now waits for the next time."""
        uses, self._waiting = self._waiting, {}
        if not uses:
            return
        try:
            async with self._database.ops_transaction() as ops:
                await keys.note_uses(ops, uses)
        except (OperationalError, PoolTimeout) as error:
            self._waiting = {**uses, **self._waiting}
            logger.warning("key_uses_not_written", extra={"error": repr(error)})

    @asynccontextmanager
    async def written(self) -> AsyncIterator[None]:
        """Write every WRITE_EVERY_S while the block runs, and at its end."""
        try:
            async with beside(self._write_for_ever()):
                yield
        finally:
            await self.write()

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            await self.write()
