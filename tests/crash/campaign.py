"""Customers write, a slow model has tools write, and servers are killed all the while."""

import asyncio
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psycopg
from psycopg import sql

from data import tenants
from data.db import open_database
from data.tenants import Tenant
from tests.crash.callers import Callers, Message
from tests.crash.fleet import Fleet, Server
from tests.crash.moments import MOMENTS, Missed, Watch
from tests.crash.verdict import Verdict, judge, settle
from tests.served import ROOT, free_port

SETTLED_WITHIN_S = 60.0
LEFT_BY_TURNS = (
    *("conversations", "messages", "turns", "turn_rounds", "writes", "tickets", "handoffs"),
    *("checkpoints", "checkpoint_blobs", "checkpoint_writes", "outbox"),
)
ARGUMENTS = {"subject": "A case", "description": "{message}"}


def plan(messages: int, kills: int) -> list[list[Message]]:
    """The messages to hand in before each kill.

    Of five, three open conversations, one follows at the heels of the first, and one comes to a
    conversation whose turn has probably just lost its process.
    """
    batches: list[list[Message]] = []
    opened = 0
    for start in range(0, messages, messages // kills):
        batch: list[Message] = []
        for position in range(min(messages // kills, messages - start)):
            if position % 5 == 1:
                batch.append(Message(batch[-1].conversation, 1))
            elif position % 5 == 4 and batches:
                batch.append(Message(batches[-1][position - 1].conversation, 1))
            else:
                batch.append(Message(opened, 0))
                opened += 1
        batches.append(batch)
    return batches


@dataclass(slots=True)
class Campaign:
    """`met` counts the kills at each moment, and those whose moment did not come."""

    database: psycopg.AsyncConnection[Any]
    fleet: Fleet
    callers: Callers
    watch: Watch
    met: Counter[str] = field(default_factory=Counter)
    _lines: defaultdict[int, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _sending: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self, *, messages: int, kills: int) -> Verdict:
        """Hand in the messages, kill, and look at what there is in the end."""
        for batch, name in zip(plan(messages, kills), cycle(MOMENTS), strict=False):
            server = await self.fleet.one(among=2)
            self.hand_in(batch, server)
            try:
                async with MOMENTS[name](self.watch, [message.id for message in batch]):
                    await self.fleet.kill(server)
                    self.met[name] += 1
            except Missed:
                await self.fleet.kill(server)
                self.met[f"missed {name}"] += 1
        return await self.verdict()

    async def verdict(self) -> Verdict:
        """Wait until everything has its outcome, and judge.

        Raises:
            TimeoutError: something has none after SETTLED_WITHIN_S.
        """
        last_kill = time.monotonic()
        await self.heard()
        await self.settled()
        return await judge(self.database, self.callers, time.monotonic() - last_kill)

    async def heard(self) -> None:
        """Wait until every caller has been told something."""
        await asyncio.gather(*self._sending)

    async def settled(self) -> None:
        """Wait until every message has its outcome."""
        await settle(self.database, SETTLED_WITHIN_S)

    async def attempt_begins(self, message: Message, attempt: int) -> None:
        """Wait until a process runs the message's turn for the `attempt`-th time."""
        query: LiteralString = (
            "SELECT attempts FROM messages m JOIN turns t ON t.id = m.turn_id"
            " WHERE m.id = %s AND t.status = 'running'"
        )
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while True:
                row = await (await self.database.execute(query, [message.id])).fetchone()
                if row == (attempt,):
                    return
                await asyncio.sleep(0.01)

    async def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows that turns leave."""
        rows = {}
        for table in LEFT_BY_TURNS:
            cursor = await self.database.execute(
                sql.SQL("SELECT * FROM {} ORDER BY 1, 2, 3").format(sql.Identifier(table))
            )
            rows[table] = list(await cursor.fetchall())
        return rows

    def hand_in(self, batch: Sequence[Message], server: Server) -> None:
        """Send messages at once; of every two callers one waits for the answer."""
        for position, message in enumerate(batch):
            sending = self._say(message, server, wait=position % 2 == 0)
            self._sending.append(asyncio.create_task(sending))

    async def _say(self, message: Message, server: Server, *, wait: bool) -> None:
        """A conversation's messages are sent one after the other has been taken."""
        async with self._lines[message.conversation]:
            await self.callers.send(message, server, wait=wait)


@asynccontextmanager
async def campaign_of(servers: int, url: str, data_dir: Path) -> AsyncIterator[Campaign]:
    """Servers, a model and two superusers on an empty database."""
    await found_tenant(url)
    async with AsyncExitStack() as stack:
        model_url = await stack.enter_async_context(scripted_model())
        fleet = Fleet(servers, url, data_dir, {"LLM_BASE_URL": model_url})
        await stack.enter_async_context(fleet)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=90))
        database, holding = [
            await stack.enter_async_context(await _superuser(url)) for _ in range(2)
        ]
        watch = Watch(database, holding, http, model_url)
        yield Campaign(database, fleet, Callers(fleet, http), watch)


async def found_tenant(url: str) -> None:
    """One tenant without any content: the model answers everything."""
    async with open_database(url, minimum=1, maximum=2) as db, db.ops_transaction() as ops:
        await tenants.add_tenant(ops, Tenant("demo", "Demo", {}, "s" * 32))


async def _superuser(url: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(url, autocommit=True)


@asynccontextmanager
async def scripted_model() -> AsyncIterator[str]:
    """The model as a process of its own; its URL."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals.models.server", "slow_writer", "--port", str(port)),
        *("--tool", "create_ticket", "--arguments", json.dumps(ARGUMENTS)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        assert await process.stdout.readline(), "the model did not start"
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        await process.wait()
