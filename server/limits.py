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

from cachetools import TLRUCache
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from data.errors import RateLimited

logger = logging.getLogger(__name__)

MOST_COUNTED = 100_000  # credentials and addresses in process; who was quiet longest goes first
REDIS_ANSWERS_S = 0.25  # it is on the way of every request
REDIS_LEFT_ALONE_S = 5.0  # after it did not answer
KEY_PREFIX = "switchboard:limits"

IPV6_HOUSEHOLD = 64  # bits: what one household or machine gets, and may choose addresses in


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


class InProcess(MemoryStorage):
    """limits' own storage, bounded, and without its sweep, which looks at every key at each hit."""

    def __init__(self, most: int = MOST_COUNTED, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._counts: TLRUCache[str, tuple[int, float]] = TLRUCache(
            most, ttu=lambda _key, counted, _now: counted[1], timer=clock
        )
        self._clock = clock

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        count, until = self._counts.get(key) or (0, self._clock() + expiry)
        self._counts[key] = (count + amount, until)
        return count + amount

    async def decr(self, key: str, amount: int = 1) -> int:
        return await self.incr(key, 0, -amount)

    async def get(self, key: str) -> int:
        return (self._counts.get(key) or (0, 0.0))[0]


class Limits:
    """Counts, in Redis or in process, and refuses. One object for the whole server."""

    def __init__(
        self, shared: RedisStorage | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._own = SlidingWindowCounterRateLimiter(InProcess())
        self._shared = SlidingWindowCounterRateLimiter(shared) if shared else None
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


async def _hit(
    limiter: SlidingWindowCounterRateLimiter, rate: RateLimitItem, who: tuple[str, ...], cost: int
) -> Standing:
    let_through = await limiter.hit(rate, *who, cost=cost)
    reset_at, remaining = await limiter.get_window_stats(rate, *who)
    reset_s = max(1, math.ceil(reset_at - time.time()))
    standing = Standing(rate.amount, remaining, reset_s)
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
        shared = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix=KEY_PREFIX,
            connection_pool=pool,  # type: ignore[arg-type]  # documented, but not typed
        )
        yield Limits(shared)
    finally:
        await pool.aclose()
