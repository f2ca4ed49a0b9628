"""What a tenant can change at any time, kept in process and looked at again every few seconds."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import LRUCache

CHECK_EVERY_S = 2.0
MOST_TENANTS = 200  # an index of 1,300 examples takes about 3 MB

T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    value: T
    version: str
    checked_at: float


class Fresh(ABC, Generic[T]):
    """One value a tenant, loaded again when its version differs.

    A change made elsewhere is seen after CHECK_EVERY_S at the latest; after `forget` at once.
    Callers that meet share one look at the database.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: LRUCache[str, _Kept[T]] = LRUCache(MOST_TENANTS)
        self._locks: LRUCache[str, asyncio.Lock] = LRUCache(MOST_TENANTS)
        self._forgotten: LRUCache[str, object] = LRUCache(MOST_TENANTS)

    @abstractmethod
    async def _version(self, tenant: str) -> str:
        """What differs whenever the value would; it should cost one round trip."""

    @abstractmethod
    async def _load(self, tenant: str) -> T:
        """The value."""

    async def of(self, tenant: str) -> T:
        """The tenant's value. Whatever loading it raises propagates; nothing is kept."""
        if (kept := self._kept.get(tenant)) and not self._due(kept):
            return kept.value
        async with self._locks.setdefault(tenant, asyncio.Lock()):
            kept = self._kept.get(tenant)
            if kept and not self._due(kept):
                return kept.value
            now, forgotten = self._clock(), self._forgotten.get(tenant)
            version = await self._version(tenant)
            if kept is None or kept.version != version:
                kept = _Kept(await self._load(tenant), version, now)
            kept.checked_at = now
            if forgotten is self._forgotten.get(tenant):  # else it may be from before the change
                self._kept[tenant] = kept
            return kept.value

    def forget(self, tenant: str) -> None:
        """Look again before the next use: for whoever has just changed something."""
        self._kept.pop(tenant, None)
        self._forgotten[tenant] = object()  # another one each time

    def _due(self, kept: _Kept[T]) -> bool:
        return self._clock() - kept.checked_at >= CHECK_EVERY_S
