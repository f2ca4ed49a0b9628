"""What waits to be sent over one socket: bounded, since some read slower than we write."""

import asyncio
from typing import Generic, TypeVar

from data.errors import TooSlow

MOST_WAITING = 512  # frames a reader may be behind
LOST = "you read too slowly; connect again with `after` and the last seq you have"

T = TypeVar("T")


class Mailbox(Generic[T]):
    """A queue that never makes its writers wait. Who falls behind loses it, and catches up anew."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._items: asyncio.Queue[T | None] = asyncio.Queue()
        self._most = most
        self._lost = False

    def put(self, item: T) -> None:
        """Leave it for the reader. One too many ends the mailbox: nothing may be left out."""
        if self._lost:
            return
        if self._items.qsize() >= self._most:
            self._lost = True
            while not self._items.empty():
                self._items.get_nowait()
            self._items.put_nowait(None)
            return
        self._items.put_nowait(item)

    async def get(self) -> T:
        """What was put first.

        Raises:
            TooSlow: there was more than fits; what waited is gone.
        """
        item = await self._items.get()
        if item is None:
            raise TooSlow(LOST)
        return item
