"""What is of the moment only, told to the other processes: typing, presence, words being spoken.

Batched, and lost without harm: the log has what must not be missed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from data.db import Database
from data.signals import tell

logger = logging.getLogger(__name__)

CHANNEL = "switchboard_moments"
MOST_BYTES = 7900  # Postgres takes 7,999
BATCH_S = 0.02
MOST_WAITING = 2000


class Moments:
    """This process's outbox. `process` names it to the others."""

    def __init__(self, database: Database, process: str) -> None:
        self._database = database
        self._process = process
        self._waiting: list[str] = []
        self._woken = asyncio.Event()

    def send(self, moment: dict[str, Any]) -> None:
        """Tell the others soon. What is too long, or one too many, is not told."""
        payload = orjson.dumps({"from": self._process, **moment})
        if len(payload) > MOST_BYTES or len(self._waiting) >= MOST_WAITING:
            return
        self._waiting.append(payload.decode())
        self._woken.set()

    def read(self, payload: str) -> dict[str, Any] | None:
        """What another process told; None for our own words."""
        moment: dict[str, Any] = orjson.loads(payload)
        return None if moment["from"] == self._process else moment

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Tell while the block runs."""
        task = asyncio.create_task(self._tell())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _tell(self) -> None:
        while True:
            await self._woken.wait()
            await asyncio.sleep(BATCH_S)
            self._woken.clear()
            batch, self._waiting = self._waiting, []
            try:
                async with self._database.ops.connection() as db:
                    await tell(db, CHANNEL, batch)
            except Exception:
                logger.warning("moments_untold", exc_info=True)
