"""Redis carries while it is there, Postgres while it is not; nothing comes twice."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from data.db import Database
from server.carriers import open_carrier
from tests.server.limited import redis_in


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_words_go_by_redis_and_by_postgres_while_it_is_gone(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    heard: list[str] = []
    missed = 0

    def miss() -> None:
        nonlocal missed
        missed += 1

    async with AsyncExitStack() as stack:
        with redis_in(tmp_path) as url:
            port = int(url.rpartition(":")[2].split("/")[0])
            carrier = await stack.enter_async_context(open_carrier(db, database_url, url, "mine:"))
            await stack.enter_async_context(carrier.hearing({"words": heard.append}, miss))
            await until(lambda: missed == 2)
            async with open_carrier(db, database_url, url, "theirs:") as stranger:
                await stranger.tell("words", ["of another installation"])
            await carrier.tell("words", ["a", "b", "a"])
            await until(lambda: len(heard) == 3)
        await carrier.tell("words", ["c", "d"])
        await until(lambda: len(heard) == 5)
        with redis_in(tmp_path, port) as url:
            await until(lambda: missed == 3)
            async with open_carrier(db, database_url, url, "mine:") as another:
                await another.tell("words", ["e"])
                await until(lambda: len(heard) == 6)
    assert heard == ["a", "b", "a", "c", "d", "e"]
