"""How often somebody may ask: a sliding window for each credential and class of route.

Counted in Redis where there is one, so that all servers count together; while it does not answer,
each counts for itself. Whatever happens to Redis, nobody gets an error because of it.
"""

import ipaddress
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cachetools import TLRUCache
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.redis.bridge import RedisBridge
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from data.errors import RateLimited

logger = logging.getLogger(__name__)

MOST_COUNTED = 100_000  # credentials and addresses in process; who was quiet longest goes first
REDIS_ANSWERS_S = 0.25  # it is on the way of every request
REDIS_LEFT_ALONE_S = 5.0  # after it did not answer
KEY_PREFIX = "switchboard:limits"

IPV6_HOUSEHOLD = 64  # bits: what one household or machine gets, and may choose addresses in

COUNT_AND_TELL = f"""
local function count(KEYS, ARGV)
{RedisBridge.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode()}
end
local function tell(KEYS, ARGV)
{RedisBridge.SCRIPT_SLIDING_WINDOW.decode()}
end
return {{count(KEYS, ARGV) and 1 or 0, tell(KEYS, {{ARGV[2]}})}}
"""


class RouteClass(StrEnum):
    DEFAULT = "default"
    CHAT = "chat"
    SEARCH = "search"


CHAT_PATHS = frozenset(
    {
        "/v1/chat",
        "/support/invoke",
        "/support/batch",
        "/support/stream",
        "/support/stream_events",
        "/support/stream_log",
    }
)
SEARCH_PATHS = frozenset({"/v1/knowledge/search"})


@dataclass(frozen=True, slots=True)
class Rates:
    """The rate of each class of route."""

    default: RateLimitItem
    chat: RateLimitItem
    search: RateLimitItem

    def of(self, route_class: RouteClass) -> RateLimitItem:
        found: RateLimitItem = getattr(self, route_class)
        return found


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands after a request; `reset_s` is until one more is let through."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """As the IETF's draft calls them, and most clients read them."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


def class_of(path: str) -> RouteClass:
    """The class of a route, by its address without the app's root path."""
    if path in CHAT_PATHS:
        return RouteClass.CHAT
    return RouteClass.SEARCH if path in SEARCH_PATHS else RouteClass.DEFAULT


def address_of(client: tuple[str, int] | None) -> str:
    """Whom an address stands for: of IPv6 the network, since whoever has one has all of it.

    >>> address_of(("2001:db8::1", 1)), address_of(("192.0.2.7", 1)), address_of(None)
    ('2001:db8::/64', '192.0.2.7', 'local')
    """
    if not client:
        return "local"  # a Unix socket
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return client[0][:64]
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_HOUSEHOLD), strict=False))


@dataclass(frozen=True, slots=True)
class Window:
    """What was counted in the window before this one, and in this one; seconds until each ends."""

    before: int
    before_ends_s: float
    now: int
    now_ends_s: float


class Storage(Protocol):
    """Counts in sliding windows."""

    async def hit(self, key: str, most: int, expiry_s: int, cost: int) -> tuple[bool, Window]:
        """Count a request unless it is one too many; whether it was, and where that leaves them."""


class InProcess(MemoryStorage):
    """limits' own storage, bounded, and without its sweep, which looks at every key at each hit."""

    def __init__(self, most: int = MOST_COUNTED, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._counts: TLRUCache[str, tuple[int, float]] = TLRUCache(
            most, ttu=lambda _key, counted, _now: counted[1], timer=clock
        )
        self._clock = clock

    async def hit(self, key: str, most: int, expiry_s: int, cost: int) -> tuple[bool, Window]:
        let_through = await self.acquire_sliding_window_entry(key, most, expiry_s, cost)
        return let_through, Window(*await self.get_sliding_window(key, expiry_s))

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        count, until = self._counts.get(key) or (0, self._clock() + expiry)
        self._counts[key] = (count + amount, until)
        return count + amount

    async def decr(self, key: str, amount: int = 1) -> int:
        return await self.incr(key, 0, -amount)

    async def get(self, key: str) -> int:
        return (self._counts.get(key) or (0, 0.0))[0]


class InRedis(RedisStorage):
    """limits' own storage, whose two scripts, to count and to tell the state, are run as one.

    A request then costs one round trip, not two.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        super().__init__(
            "async+redis://",
            implementation="redispy",
            key_prefix=KEY_PREFIX,
            connection_pool=pool,  # type: ignore[arg-type]  # documented, but not typed
        )
        self._script = Redis(connection_pool=pool).register_script(COUNT_AND_TELL)

    async def hit(self, key: str, most: int, expiry_s: int, cost: int) -> tuple[bool, Window]:
        names = (self._previous_window_key(key), self._current_window_key(key))
        let_through, found = await self._script(
            [self.bridge.prefixed_key(name) for name in names], [most, expiry_s, cost]
        )
        counts = [max(0, int(count or 0)) for count in found]
        return bool(let_through), Window(counts[0], counts[1] / 1000, counts[2], counts[3] / 1000)


class Limits:
    """Counts, in Redis or in process, and refuses. One object for the whole server."""

    def __init__(
        self, shared: Storage | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._own: Storage = InProcess()
        self._shared = shared
        self._shared_again = -math.inf
        self._clock = clock

    async def admit(self, rate: RateLimitItem, *who: str, cost: int = 1) -> Standing:
        """Count a request, or as many as it is worth.

        Args:
            rate: how often.
            who: what is counted together, most general first: the tenant, the credential.
            cost: how many requests this one counts as.

        Raises:
            RateLimited: it is one too many; it was not counted.
        """
        if self._shared and self._clock() >= self._shared_again:
            try:
                return await _hit(self._shared, rate, who, cost)
            except (RedisError, OSError) as error:
                self._shared_again = self._clock() + REDIS_LEFT_ALONE_S
                logger.warning("limits_in_process", extra={"error": repr(error)[:200]})
        return await _hit(self._own, rate, who, cost)


def standing_in(rate: RateLimitItem, window: Window) -> Standing:
    """Where a window leaves a caller: of the one before, as much counts as still overlaps.

    One more gets through when the older window has lost one, or this one is over.
    """
    expiry_s = rate.get_expiry()
    counted = math.floor(window.before * window.before_ends_s / expiry_s + window.now)
    waits = [math.inf]
    if window.before:
        waits.append(window.before_ends_s % (expiry_s / window.before))
    if window.now:
        waits.append(window.now_ends_s % expiry_s)
    wait_s = min(waits)
    reset_s = 1 if wait_s == math.inf else max(1, math.ceil(wait_s))
    return Standing(rate.amount, max(0, rate.amount - counted), reset_s)


async def _hit(storage: Storage, rate: RateLimitItem, who: tuple[str, ...], cost: int) -> Standing:
    let_through, window = await storage.hit(
        rate.key_for(*who), rate.amount, rate.get_expiry(), cost
    )
    standing = standing_in(rate, window)
    reset_s = standing.reset_s
    if let_through:
        return standing
    if cost > rate.amount:
        raise RateLimited(f"send at most {rate.amount} at a time", reset_s, standing.headers())
    raise RateLimited(f"at most {rate}; try again in {reset_s} s", reset_s, standing.headers())


@asynccontextmanager
async def open_limits(redis_url: str | None) -> AsyncIterator[Limits]:
    """Limits, shared by way of Redis where there is a URL. Redis need not answer yet."""
    if redis_url is None:
        yield Limits()
        return
    pool = ConnectionPool.from_url(
        redis_url, socket_timeout=REDIS_ANSWERS_S, socket_connect_timeout=REDIS_ANSWERS_S
    )
    try:
        yield Limits(InRedis(pool))
    finally:
        await pool.aclose()
