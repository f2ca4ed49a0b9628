"""What was looked up stays known for a moment and no longer: so fast works a revocation."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from cachetools import TTLCache

KEPT_S = 3.0  # how long a revoked credential may still work; promised are five
MOST_KEPT = 10_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Clock = Callable[[], float]


class Remembered(Generic[K, V]):
    """A look-up whose answers, missing ones too, count for KEPT_S in this process."""

    def __init__(self, look_up: Callable[[K], Awaitable[V]], clock: Clock = time.monotonic) -> None:
        self._look_up = look_up
        self._known: TTLCache[K, V] = TTLCache(MOST_KEPT, KEPT_S, clock)
        self._changes = 0

    async def get(self, key: K) -> V:
        """What is known, or was looked up just now."""
        try:
            return self._known[key]
        except KeyError:
            pass
        changes = self._changes
        found = await self._look_up(key)
        if changes != self._changes:
            return found  # it may be from before the change
        self._known[key] = found
        return found

    def forget(self) -> None:
        """Look everything up anew: for whoever has just changed something."""
        self._known.clear()
        self._changes += 1
