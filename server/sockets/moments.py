"""What is of the moment only, told to the other processes: typing, presence, words being spoken.

Batched, and lost without harm: the log has what must not be missed. Of what stands until it changes
(who is here) the latest is told, and told again when that failed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import orjson
from cachetools import TTLCache

from server.beside import beside
from server.carriers import Carrier

logger = logging.getLogger(__name__)

CHANNEL = "switchboard_moments"
PIECE_CHARS = 1900  # Postgres takes 7,999 bytes, and a character has up to four
MOST_PIECES = 40  # of one moment
BATCH_S = 0.02
AGAIN_S = 1.0  # after telling failed
MOST_WAITING = 2000
MOST_HALF, HALF_S = 100, 10.0  # moments whose end has not come

Moment = dict[str, Any]


class Moments:
    """This process's outbox, and its reading of what the others send."""

    def __init__(self, carrier: Carrier, untold: Callable[[int], None] = lambda _: None) -> None:
        """Open an empty one.

        Args:
            carrier: by way of which they are told.
            untold: is told how many were lost.
        """
        self._untold = untold
        self._carrier = carrier
        self._process = carrier.process
        self._numbers = count()
        self._waiting: list[str] = []
        self._standing: dict[str, Moment] = {}
        self._woken = asyncio.Event()
        self._half: TTLCache[tuple[str, str], list[str]] = TTLCache(MOST_HALF, HALF_S)

    def send(self, moment: Moment) -> None:
        """Tell the others soon. What is too long, or one too many, is not told."""
        pieces = self._pieces(moment)
        if len(pieces) <= MOST_PIECES and len(self._waiting) < MOST_WAITING:
            self._waiting += pieces
            self._woken.set()
        else:
            self._untold(1)

    def stand(self, key: str, moment: Moment) -> None:
        """Tell the others how this stands, however long it takes; the latest of a key."""
        self._standing[key] = moment
        self._woken.set()

    def read(self, payload: str) -> tuple[int, Moment] | None:
        """Which process told what; None for our own words, and until a moment is whole."""
        process, number, pieces, _, piece = payload.split(":", 4)
        if int(process) == self._process:
            return None
        told = self._half.pop((process, number), [])
        told.append(piece)
        if len(told) < int(pieces):
            self._half[process, number] = told
            return None
        return int(process), orjson.loads("".join(told))

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Tell while the block runs."""
        async with beside(self._tell()):
            yield

    def _pieces(self, moment: Moment) -> list[str]:
        """A moment as it is told: numbered, since of two equal ones Postgres tells one."""
        text = orjson.dumps(moment).decode()
        cut = [text[at : at + PIECE_CHARS] for at in range(0, len(text), PIECE_CHARS)]
        head = f"{self._process}:{next(self._numbers)}:{len(cut)}"
        return [f"{head}:{number}:{piece}" for number, piece in enumerate(cut)]

    async def _tell(self) -> None:
        while True:
            await self._woken.wait()
            await asyncio.sleep(BATCH_S)
            self._woken.clear()
            batch, self._waiting = self._waiting, []
            standing, self._standing = self._standing, {}
            lasting = [piece for each in standing.values() for piece in self._pieces(each)]
            try:
                await self._carrier.tell(CHANNEL, [*lasting, *batch])
            except Exception:
                logger.warning("moments_untold", exc_info=True)
                self._untold(len(batch))
                self._standing = standing | self._standing
                self._woken.set()
                await asyncio.sleep(AGAIN_S)
