import asyncio
from datetime import UTC, datetime, timedelta

import psycopg

from data import conversations, turns
from data.db import HINTS, Database
from data.events import (
    Entry,
    append_event,
    entries_after,
    forget_events,
    last_seq,
)
from data.handoffs import NewHandoff
from data.messages import NewMessage, add_message
from data.scope import Scope
from tests.acme import ACME
from tests.data.talk import accept, begun, finish, somebody, words


async def log(database: Database, scope: Scope, after: int = 0, limit: int = 200) -> list[Entry]:
    async with database.reading(scope.tenant) as db:
        return await entries_after(db, scope, after, limit=limit)


def kinds(entries: list[Entry]) -> list[str]:
    return [entry.body.get("role", entry.kind) for entry in entries]


async def test_messages_and_events_stand_in_one_order(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    await finish(talks, scope, claim, sentiment=(-0.5, "negative"))
    async with talks.transaction(ACME) as db:
        await conversations.close(db, scope)
    await accept(talks, scope)
    async with talks.transaction(ACME) as db:
        await conversations.reopen(db, scope)
    entries = await log(talks, scope)
    assert kinds(entries) == ["customer", "assistant", "sentiment", "state", "state"]
    assert [e.body for e in entries[2:]] == [
        {"score": -0.5, "label": "negative"},
        {"owner": "closed", "status": "closed"},
        {"owner": "ai", "status": "active"},
    ]
    seqs = [entry.seq for entry in entries]
    assert seqs == sorted(set(seqs))
    async with talks.reading(ACME) as db:
        assert await last_seq(db, scope) == seqs[-1]
        assert await last_seq(db, somebody()) == 0


async def test_a_mood_that_stays_is_told_once(talks: Database) -> None:
    scope = somebody()
    first = await begun(talks, scope)
    await finish(talks, scope, first, sentiment=(0.25, "positive"))
    second = await begun(talks, scope, words("m2"))
    await finish(talks, scope, second, sentiment=(0.25, "positive"))
    assert kinds(await log(talks, scope)).count("sentiment") == 1


async def test_a_handoff_is_told_with_its_reason(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    asked = NewHandoff(claim.turn_id, "legal", ("legal",), "Sues.", "high", None, 300)
    await finish(talks, scope, claim, status="handed_over", owner="queue", handoff=asked)
    assert (await log(talks, scope))[-1].body == {"owner": "queue", "reason": "legal"}


async def test_notes_are_private(talks: Database) -> None:
    scope = somebody()
    await begun(talks, scope)
    async with talks.transaction(ACME) as db:
        await conversations.lock_existing(db, scope)
        await add_message(db, scope, NewMessage("n1", "note", "Calls back at noon."))
        await append_event(db, scope, "state", {"assigned_to": "kim"}, private=True)
    assert [entry.private for entry in await log(talks, scope)] == [False, True, True]


async def test_the_log_is_read_page_by_page(talks: Database) -> None:
    scope = somebody()
    await begun(talks, scope, *(words(f"m{n}") for n in range(7)))
    whole = await log(talks, scope)
    pages, after = [], 0
    while page := await log(talks, scope, after, limit=3):
        pages += page
        after = page[-1].seq
    assert pages == whole
    assert len(whole) == 7


async def test_every_process_is_told_at_the_commit_and_not_before(
    db: Database, database_url: str
) -> None:
    scope = somebody()
    listener = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    async with listener:
        await listener.execute(f"LISTEN {HINTS}")
        async with db.transaction(ACME) as tx:
            await conversations.lock_conversation(tx, scope, "web")
            await add_message(tx, scope, words("m1"))
            assert [n async for n in listener.notifies(timeout=0.05)] == []
        heard = [n.payload async for n in listener.notifies(timeout=2, stop_after=1)]
    (entry,) = await log(db, scope)
    assert heard == [f"{ACME} {scope.conversation_id} {entry.seq}"]


async def test_numbers_are_in_the_order_of_commits(talks: Database) -> None:
    """Ten writers at once, and a reader who never looks back."""
    scope = somebody()
    await begun(talks, scope)
    writing = 10

    async def write(number: int) -> None:
        nonlocal writing
        for step in range(5):
            async with talks.transaction(ACME) as db:
                await append_event(db, scope, "state", {"by": number, "step": step})
        writing -= 1

    async def follow() -> list[Entry]:
        seen: list[Entry] = []
        while writing or len(seen) < 51:
            seen += await log(talks, scope, seen[-1].seq if seen else 0)
            await asyncio.sleep(0)
        return seen

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        reader = group.create_task(follow())
        for number in range(10):
            group.create_task(write(number))
    assert reader.result() == await log(talks, scope)


async def test_two_writes_of_one_turn_do_not_pass_each_other(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)

    async def send(message_id: str) -> None:
        async with talks.transaction(ACME) as db:
            await turns.hold_lease(db, scope, claim.lease_token)
            await add_message(db, scope, NewMessage(message_id, "assistant", "By the way."))
            await asyncio.sleep(0.05)

    async def follow() -> list[Entry]:
        seen: list[Entry] = []
        while len(seen) < 4:
            seen += await log(talks, scope, seen[-1].seq if seen else 0)
        return seen

    async with asyncio.timeout(10):
        seen, *_ = await asyncio.gather(follow(), send("a1"), send("a2"), send("a3"))
    assert kinds(seen) == ["customer", "assistant", "assistant", "assistant"]


async def test_old_events_are_forgotten_and_messages_stay(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    await finish(talks, scope, claim, sentiment=(0.1, "neutral"))
    async with talks.ops_transaction() as ops:
        assert await forget_events(ops, datetime.now(UTC) - timedelta(hours=1), 100) == 0
        assert await forget_events(ops, datetime.now(UTC) + timedelta(hours=1), 100) > 0
    assert kinds(await log(talks, scope)) == ["customer", "assistant"]
