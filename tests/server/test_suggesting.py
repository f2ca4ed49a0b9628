"""Suggestions are made once, however many processes have somebody who looks on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from agents.suggest import Suggestion
from data import conversations
from data.db import Database
from data.messages import NewMessage, add_message
from data.scope import Role, Scope
from graph.copilot import Copilot, Suggested
from graph.events import Events
from server.carriers import Carrier, open_carrier
from server.hints import Hints
from server.sockets.exchange import Exchange
from server.sockets.hub import Follower
from server.sockets.presence import Viewer
from server.sockets.rendering import Rendered
from server.sockets.suggesting import Suggesting
from tests.server.limited import redis_in

TALK = Scope("acme", Role.CUSTOMER, "customer:1", "talk")
WORDS = "Größte Verzögerung. " * 500  # more than one notification holds


@dataclass
class Thinking:
    """A copilot that takes a moment for its thoughts, and counts them."""

    thoughts: int = 0

    async def suggest(self, scope: Scope) -> Suggested:
        self.thoughts += 1
        await asyncio.sleep(0.05)
        return Suggested([Suggestion(f"{self.thoughts} {WORDS}", 0.5, "I thought of it.")], None)


@dataclass
class Process:
    """What a server process has of all this, and what its operator and its customer are told."""

    exchange: Exchange
    operator: list[Rendered] = field(default_factory=list)
    customer: list[Rendered] = field(default_factory=list)

    async def follow(self) -> None:
        for role, told in (("operator", self.operator), ("customer", self.customer)):
            follower = Follower(role == "operator", told.append)
            await self.exchange.hub.follow(TALK, follower)
            self.exchange.join(TALK, follower, Viewer(role, f"{role}:1"))

    @property
    def offered(self) -> list[dict[str, Any]]:
        frames = [json.loads(frame.text) for frame in self.operator]
        return [frame for frame in frames if frame["type"] == "suggestions"]


@asynccontextmanager
async def process(db: Database, carrier: Carrier, copilot: Thinking) -> AsyncIterator[Process]:
    exchange = Exchange(db, Events(), carrier)
    Suggesting(db, exchange, cast("Copilot", copilot))
    async with (
        carrier.hearing(exchange.heard_by, exchange.missed),
        exchange.running(),
    ):
        here = Process(exchange)
        await here.follow()
        yield here


async def ask(db: Database, message_id: str) -> None:
    async with db.transaction("acme") as tx:
        await conversations.lock_existing(tx, TALK)
        await add_message(tx, TALK, NewMessage(message_id, "customer", "Where is it?"))


@asynccontextmanager
async def carriers(
    db: Database, url: str, folder: Path, by: str
) -> AsyncIterator[tuple[Carrier, Carrier]]:
    """Those of two processes."""
    with redis_in(folder) if by == "redis" else nullcontext() as redis:
        async with (
            open_carrier(db, url, redis, "mine:") as one,
            open_carrier(db, url, redis, "mine:") as other,
        ):
            yield one, other


@pytest.mark.parametrize("by", ["postgres", "redis"])
async def test_everybody_is_offered_what_one_process_thought_of(
    db: Database, database_url: str, tmp_path: Path, by: str
) -> None:
    async with db.transaction("acme") as tx:
        await conversations.lock_conversation(tx, TALK, "web")
        await tx.execute(
            "WITH waits AS (INSERT INTO handoffs (tenant, id, conversation_id, reason, summary,"
            " priority, due_at) VALUES ('acme', gen_random_uuid(), 'talk', 'legal', '', 'high',"
            " now())) UPDATE conversations SET owner = 'queue' WHERE id = 'talk'"
        )
    copilot = Thinking()
    async with (
        asyncio.timeout(30),
        carriers(db, database_url, tmp_path, by) as (first, second),
        process(db, first, copilot) as one,
        process(db, second, copilot) as other,
    ):
        hints = Hints(first)
        async with hints.told():
            while not one.exchange.presence.anybody_elsewhere:
                await asyncio.sleep(0.01)
            for number in (1, 2):
                await ask(replace(db, told=hints.put), f"m{number}")
                while min(len(each.offered) for each in (one, other)) < number:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
    assert copilot.thoughts == 2
    assert one.offered == other.offered
    said = [each["suggestions"][0]["suggestion"] for each in one.offered]
    assert said == [f"1 {WORDS}", f"2 {WORDS}"]
    assert "suggestions" not in str([*one.customer, *other.customer])
