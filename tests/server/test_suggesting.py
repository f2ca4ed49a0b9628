"""Suggestions are made once, however many processes have somebody who looks on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from agents.suggest import Suggestion
from data import conversations
from data.db import Database
from data.messages import NewMessage, add_message
from data.scope import Role, Scope
from graph.copilot import Copilot, Suggested
from graph.events import Events
from server.changes import hearing
from server.sockets.exchange import Exchange
from server.sockets.hub import Follower
from server.sockets.presence import Viewer
from server.sockets.rendering import Rendered
from server.sockets.suggesting import Suggesting

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
async def process(db: Database, url: str, copilot: Thinking) -> AsyncIterator[Process]:
    exchange = Exchange(db, Events())
    Suggesting(db, exchange, cast("Copilot", copilot))
    async with (
        hearing(url, exchange.process, exchange.heard_by, exchange.missed),
        exchange.running(),
    ):
        here = Process(exchange)
        await here.follow()
        yield here


async def ask(db: Database, message_id: str) -> None:
    async with db.transaction("acme") as tx:
        await conversations.lock_existing(tx, TALK)
        await add_message(tx, TALK, NewMessage(message_id, "customer", "Where is it?"))


async def test_everybody_is_offered_what_one_process_thought_of(
    db: Database, database_url: str
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
        asyncio.timeout(20),
        process(db, database_url, copilot) as one,
        process(db, database_url, copilot) as other,
    ):
        while not one.exchange.presence.anybody_elsewhere:
            await asyncio.sleep(0.01)
        for number in (1, 2):
            await ask(db, f"m{number}")
            while min(len(each.offered) for each in (one, other)) < number:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
    assert copilot.thoughts == 2
    assert one.offered == other.offered
    said = [each["suggestions"][0]["suggestion"] for each in one.offered]
    assert said == [f"1 {WORDS}", f"2 {WORDS}"]
    assert "suggestions" not in str([*one.customer, *other.customer])
