"""What carries word from process to process: Redis where there is one, else Postgres.

Nothing that is carried is the truth: who was not told finds everything in the database.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import SystemRandom
from typing import Protocol

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from data.db import Database
from data.signals import tell
from server.beside import beside
from server.changes import AGAIN_S, Hear, hearing, pass_on

logger = logging.getLogger(__name__)

ANSWERS_S = 0.5
LEFT_ALONE_S = 5.0  # after it did not answer
PROBED_S = 10.0  # how often a connection on which nothing is told is tried


class Carrier(Protocol):
    """Between all processes, this one included, which the others know by the number `process`."""

    @property
    def process(self) -> int: ...

    async def tell(self, channel: str, payloads: Sequence[str]) -> None:
        """Tell these, in this order. Raises whatever keeps it from that."""

    def hearing(
        self, heard_by: Mapping[str, Hear], missed: Callable[[], None]
    ) -> AbstractAsyncContextManager[None]:
        """Listen while a block runs; `missed` is called whenever listening begins."""


class ByPostgres:
    """Its notifications, of up to 7,999 bytes each, on the database behind `url`."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url
        self.process = SystemRandom().getrandbits(31)

    async def tell(self, channel: str, payloads: Sequence[str]) -> None:
        async with self._database.ops.connection() as db:
            await tell(db, channel, payloads)

    def hearing(
        self, heard_by: Mapping[str, Hear], missed: Callable[[], None]
    ) -> AbstractAsyncContextManager[None]:
        return hearing(self._url, self.process, heard_by, missed)


class ByRedis:
    """Its channels. While it does not answer, Postgres carries: everybody listens to both."""

    def __init__(self, redis: Redis, prefix: str, postgres: ByPostgres) -> None:
        """Carry nothing yet.

        Args:
            redis: where to.
            prefix: what the installation's channels begin with; others may use the same Redis.
            postgres: what carries while it is gone.
        """
        self._redis = redis
        self._prefix = prefix
        self._postgres = postgres
        self._again = -math.inf

    @property
    def process(self) -> int:
        return self._postgres.process

    async def tell(self, channel: str, payloads: Sequence[str]) -> None:
        if time.monotonic() >= self._again:
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for payload in payloads:
                        pipe.publish(self._prefix + channel, payload)
                    await pipe.execute()
            except (RedisError, OSError) as error:
                self._again = time.monotonic() + LEFT_ALONE_S
                logger.warning("carried_by_postgres", extra={"error": repr(error)[:200]})
            else:
                return
        await self._postgres.tell(channel, payloads)

    @asynccontextmanager
    async def hearing(
        self, heard_by: Mapping[str, Hear], missed: Callable[[], None]
    ) -> AsyncIterator[None]:
        async with (
            beside(self._listen(heard_by, missed)),
            self._postgres.hearing(heard_by, missed),
        ):
            yield

    async def _listen(self, heard_by: Mapping[str, Hear], missed: Callable[[], None]) -> None:
        channels = {self._prefix + channel: hear for channel, hear in heard_by.items()}
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(*channels)
                    await self._hear(pubsub, channels, missed)
            except (RedisError, OSError):
                logger.warning("redis_unheard", exc_info=True)
            await asyncio.sleep(AGAIN_S)

    async def _hear(
        self, pubsub: PubSub, channels: Mapping[str, Hear], missed: Callable[[], None]
    ) -> None:
        """Until it breaks, or does not even answer a ping."""
        asked = False
        waits_for = set(channels)
        while True:
            told = await pubsub.get_message(timeout=PROBED_S)
            if told is None and asked:
                raise RedisConnectionError("Redis does not answer")
            asked = told is None
            if told is None:
                await pubsub.ping()
            elif told["type"] == "message":
                pass_on(channels[told["channel"].decode()], told["data"].decode())
            elif told["type"] == "subscribe":
                waits_for.discard(told["channel"].decode())
                if not waits_for:
                    missed()


@asynccontextmanager
async def open_carrier(
    database: Database, url: str, redis_url: str | None, prefix: str
) -> AsyncIterator[Carrier]:
    """Redis with Postgres behind it, or Postgres alone. Redis need not answer yet.

    Args:
        database: what Postgres carries on.
        url: the same database's.
        redis_url: None where there is no Redis.
        prefix: see `ByRedis`.
    """
    postgres = ByPostgres(database, url)
    if redis_url is None:
        yield postgres
        return
    redis = Redis.from_url(
        redis_url,
        socket_connect_timeout=ANSWERS_S,
        socket_timeout=ANSWERS_S,
        retry=Retry(NoBackoff(), 0),  # what breaks has to be noticed
    )
    try:
        yield ByRedis(redis, prefix, postgres)
    finally:
        await redis.aclose()
