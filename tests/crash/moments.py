"""The points of a turn at which a server is killed, seen from outside it.

Each is a block that is entered when the moment has come for one of the messages in flight; whatever
was held to make the moment last is let go when the block ends.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import httpx
from psycopg import AsyncConnection

LOOK_EVERY_S = 0.002
PATIENCE_S = 15.0

Db = AsyncConnection[Any]


class Missed(Exception):
    """The moment did not come; the messages went another way, or were answered already."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A superuser's look at the database, another superuser's hold on it, and the model."""

    db: Db
    holding: Db
    http: httpx.AsyncClient
    model_url: str

    async def until(self, query: LiteralString, ids: Sequence[str]) -> Any:
        """The query's first row, as soon as there is one."""
        async with _patience():
            while True:
                row = await (await self.db.execute(query, {"ids": list(ids)})).fetchone()
                if row is not None:
                    return row
                await asyncio.sleep(LOOK_EVERY_S)

    async def asked(self) -> int:
        """How many requests the model has had."""
        answer = await self.http.get(self.model_url.replace("/v1", "/asked"))
        return int(answer.json()["requests"])


@asynccontextmanager
async def _patience() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    except TimeoutError as error:
        raise Missed from error


Moment = Callable[[Watch, Sequence[str]], AbstractAsyncContextManager[None]]

OURS = "FROM messages m JOIN turns t ON t.id = m.turn_id WHERE m.id = ANY(%(ids)s)"
RUNNING: LiteralString = f"SELECT m.conversation_id {OURS} AND t.status = 'running'"
JOURNALED: LiteralString = (
    f"SELECT m.conversation_id {OURS} AND t.status = 'running'"
    " AND EXISTS (SELECT FROM turn_rounds r WHERE r.turn_id = t.id)"
)
WRITTEN: LiteralString = (
    f"SELECT m.conversation_id {OURS} AND t.status = 'running'"
    " AND EXISTS (SELECT FROM writes w WHERE w.turn_id = t.id)"
)
FINISHED: LiteralString = f"SELECT m.conversation_id {OURS} AND t.status <> 'running'"
WAITING_FOR_US: LiteralString = (
    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND query LIKE 'WITH ended AS%%' AND %(ids)s::text[] IS NOT NULL"
)


@asynccontextmanager
async def at_random(watch: Watch, ids: Sequence[str]) -> AsyncIterator[None]:
    """Any time while a turn may run."""
    await asyncio.sleep(random.uniform(0, 1.2))
    yield


@asynccontextmanager
async def after_the_inbox_commit(watch: Watch, ids: Sequence[str]) -> AsyncIterator[None]:
    """The message is stored and its turn has begun."""
    await watch.until(RUNNING, ids)
    yield


@asynccontextmanager
async def in_the_model(watch: Watch, ids: Sequence[str]) -> AsyncIterator[None]:
    """The model has a request and has not answered it."""
    before = await watch.asked()
    await watch.until(RUNNING, ids)
    async with _patience():
        while await watch.asked() == before:
            await asyncio.sleep(LOOK_EVERY_S)
    yield


@asynccontextmanager
async def after_the_journal(watch: Watch, ids: Sequence[str]) -> AsyncIterator[None]:
    """The model's request for a write is kept, and the write cannot be done yet."""
    async with watch.holding.transaction():
        await watch.holding.execute("LOCK TABLE tickets IN SHARE MODE")
        await watch.until(JOURNALED, ids)
        yield


@asynccontextmanager
async def after_a_write(watch: Watch, ids: Sequence[str]) -> AsyncIterator[None]:
    """A tool has written and the turn goes on."""
    await watch.until(WRITTEN, ids)
    yield


@asynccontextmanager
async def before_the_final_commit(watch: Watch, ids: Sequence[str]) -> AsyncIterator[None]:
    """The final transaction is under way and waits for the conversation's row."""
    (conversation_id,) = await watch.until(WRITTEN, ids)
    async with watch.holding.transaction():
        await watch.holding.execute(
            "SELECT FROM conversations WHERE id = %s FOR UPDATE", [conversation_id]
        )
        await watch.until(WAITING_FOR_US, ids)
        yield


@asynccontextmanager
async def after_the_final_commit(watch: Watch, ids: Sequence[str]) -> AsyncIterator[None]:
    """The turn has ended; its caller may not have heard of it."""
    await watch.until(FINISHED, ids)
    yield


MOMENTS: Mapping[str, Moment] = {
    moment.__name__: moment
    for moment in (
        after_the_inbox_commit,
        in_the_model,
        after_the_journal,
        after_a_write,
        before_the_final_commit,
        after_the_final_commit,
        at_random,
    )
}
