"""One reading for all who follow, whatever becomes of the hints."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from data import conversations
from data.db import Database
from data.events import append_event
from data.messages import NewMessage, add_message
from data.scope import Role, Scope
from server.sockets.hub import Follower, Hub
from server.sockets.rendering import Rendered

TALK = Scope("acme", Role.CUSTOMER, "customer:1", "talk")


@dataclass
class Reader:
    """Keeps what it is told."""

    staff: bool
    told: list[Rendered] = field(default_factory=list)
    follower: Follower = field(init=False)

    def __post_init__(self) -> None:
        self.follower = Follower(self.staff, self.told.append)

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(frame.text) for frame in self.told]


@pytest.fixture
async def talk(db: Database) -> Database:
    async with db.transaction("acme") as tx:
        await conversations.lock_conversation(tx, TALK, "web")
    return db


async def say(db: Database, *contents: str, role: str = "customer") -> int:
    """Messages of one transaction; the last one's number."""
    async with db.transaction("acme") as tx:
        await conversations.lock_existing(tx, TALK)
        for content in contents:
            await add_message(tx, TALK, NewMessage(content, role, content))
        cursor = await tx.execute("SELECT max(seq) FROM messages")
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def settled(hub: Hub) -> None:
    """Until nothing is being read."""
    async with asyncio.timeout(5):
        while any(feed.reading for feed in hub._feeds.values()):
            await asyncio.sleep(0.01)


async def test_a_hint_brings_everything_that_is_new_to_everybody_once(talk: Database) -> None:
    hub, readers = Hub(talk), [Reader(staff=False), Reader(staff=True)]
    before = await say(talk, "before")
    for reader in readers:
        assert await hub.follow(TALK, reader.follower) == before
    last = await say(talk, "one", "two")
    for _ in range(3):
        hub.hear(f"acme talk {last}")
    await settled(hub)
    for reader in readers:
        assert [frame["content"] for frame in reader.frames] == ["one", "two"]
    hub.unfollow(TALK, readers[0].follower)
    hub.hear(f"acme talk {await say(talk, 'three')}")
    await settled(hub)
    assert [len(reader.told) for reader in readers] == [2, 3]


async def test_all_who_may_read_the_same_get_the_same_text(talk: Database) -> None:
    hub, readers = Hub(talk), [Reader(staff=False) for _ in range(5)]
    for reader in readers:
        await hub.follow(TALK, reader.follower)
    hub.hear(f"acme talk {await say(talk, 'one')}")
    await settled(hub)
    assert {id(reader.told[0]) for reader in readers} == {id(readers[0].told[0])}


async def test_what_is_private_is_not_even_written_down_for_customers(talk: Database) -> None:
    hub, customer, operator = Hub(talk), Reader(staff=False), Reader(staff=True)
    for reader in (customer, operator):
        await hub.follow(TALK, reader.follower)
    await say(talk, "A friend of the boss.", role="note")
    async with talk.transaction("acme") as tx:
        await append_event(tx, TALK, "state", {"assigned_to": "kim"}, private=True)
        await append_event(tx, TALK, "state", {"owner": "operator", "by": "kim"})
    hub.look_everywhere()
    await settled(hub)
    assert [frame["type"] for frame in operator.frames] == ["message", "state", "state"]
    (told,) = customer.frames
    assert (told["owner"], "by" in told) == ("operator", False)


async def test_a_lost_hint_is_made_good_by_looking_everywhere(talk: Database) -> None:
    hub, reader = Hub(talk), Reader(staff=True)
    await hub.follow(TALK, reader.follower)
    await say(talk, "unheard")
    hub.look_everywhere()
    await settled(hub)
    assert [frame["content"] for frame in reader.frames] == ["unheard"]


async def test_a_conversation_that_nobody_follows_is_not_kept(talk: Database) -> None:
    hub, reader = Hub(talk), Reader(staff=True)
    await hub.follow(TALK, reader.follower)
    hub.unfollow(TALK, reader.follower)
    hub.hear(f"acme talk {await say(talk, 'unheard')}")
    assert hub._feeds == {}
    assert reader.told == []


async def test_the_queue_is_told_of_a_hint_once_even_when_nobody_follows(talk: Database) -> None:
    hub, reader = Hub(talk), Reader(staff=True)
    async with talk.transaction("acme") as tx:
        await tx.execute(
            "WITH waits AS (INSERT INTO handoffs (tenant, id, conversation_id, reason, summary,"
            " priority, due_at) VALUES ('acme', gen_random_uuid(), 'talk', 'legal', '', 'high',"
            " now())) UPDATE conversations SET owner = 'queue' WHERE id = 'talk'"
        )
    assert [one.id for one in await hub.follow_queue("acme", reader.follower)] == ["talk"]
    last = await say(talk, "one")
    hub.hear(f"acme talk {last}")
    await settled(hub)
    hub.hear(f"acme talk {last}")
    await settled(hub)
    assert [frame["content"] for frame in reader.frames] == ["one"]
    hub.unfollow_queue("acme", reader.follower)
    hub.hear(f"acme talk {await say(talk, 'two')}")
    await settled(hub)
    assert len(reader.told) == 1
