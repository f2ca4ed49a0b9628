"""Hints that conversations' logs have grown, told after the commits and not by them.

A commit that tells something in Postgres waits for all others that do, disk included; told
afterwards, of all that was committed meanwhile at once, the commits do not wait for each other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from data.db import HINTS
from server.beside import beside
from server.carriers import Carrier

logger = logging.getLogger(__name__)

AGAIN_S = 1.0  # after telling failed
GATHERED_S = 0.03  # after telling: what comes meanwhile is told together
MOST_WAITING = 10_000  # more are found by those who look now and then


class Hints:
    """What is still to be told, by conversation: its last entry says it all.

    The first is told at once. A busy process tells thirty times a second then, not twice a turn.
    """

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._waiting: dict[str, str] = {}
        self._woken = asyncio.Event()

    def put(self, hints: Sequence[str]) -> None:
        """Tell them soon."""
        for hint in hints:
            if len(self._waiting) < MOST_WAITING:
                self._waiting[hint.rpartition(" ")[0]] = hint
        self._woken.set()

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Tell while the block runs, and what is left at its end."""
        try:
            async with beside(self._tell()):
                yield
        finally:
            await self._tell_waiting()

    async def _tell(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            told = await self._tell_waiting()
            await asyncio.sleep(GATHERED_S if told else AGAIN_S)

    async def _tell_waiting(self) -> bool:
        """Whether nothing is left."""
        batch, self._waiting = self._waiting, {}
        if not batch:
            return True
        try:
            await self._carrier.tell(HINTS, list(batch.values()))
        except Exception:
            logger.warning("hints_untold", exc_info=True)
            self._waiting = batch | self._waiting
            self._woken.set()
            return False
        return True
