"""Messages at the same moment: none is lost, all keep their order, each has one outcome."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from data.scope import Scope
from data.turns import MOST_MESSAGES
from tests.graph.house import House, inbound, open_house, visitor

AT_ONCE = 60  # conversations under way at any moment
AGAIN = "As I just wrote: "  # to who wrote before the answer was there


async def limited(jobs: list[Callable[[], Awaitable[None]]]) -> None:
    """Run them all, AT_ONCE at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def run(job: Callable[[], Awaitable[None]]) -> None:
        async with free:
            await job()

    await asyncio.gather(*map(run, jobs))


ONE_OUTCOME = """
SELECT m.conversation_id, m.id, m.seq, m.turn_id, t.status, t.attempts,
  t.result IS NOT NULL AS told, r.replies, r.reply_seq
FROM messages m LEFT JOIN turns t ON t.id = m.turn_id
CROSS JOIN LATERAL (SELECT count(*) AS replies, min(seq) AS reply_seq FROM messages
  WHERE turn_id = m.turn_id AND role = 'assistant') r
WHERE m.role = 'customer' AND m.conversation_id LIKE %(like)s ORDER BY m.conversation_id, m.seq
"""


async def outcomes(house: House, prefix: str) -> list[dict[str, Any]]:
    """The messages of the conversations that begin so, with what came of them."""
    rows = await house.rows(ONE_OUTCOME, like=f"{prefix}%")
    for row in rows:
        assert (row["status"], row["attempts"], row["told"]) == ("answered", 1, True), row
        assert row["replies"] == 1
        assert row["reply_seq"] > row["seq"]
    return rows


@pytest.mark.parametrize("pairs", [250, pytest.param(1000, marks=pytest.mark.soak)])
async def test_pairs_on_as_many_threads(house: House, pairs: int) -> None:
    other = open_house(house.database)

    async def pair(number: int) -> None:
        scope = visitor(f"pair-of-{pairs}-{number}")
        results = await asyncio.gather(
            house.ask(scope, "hello there", "one"), other.ask(scope, "hello there", "two")
        )
        assert {r["response"].removeprefix(AGAIN) for r in results} == {"Hello from Acme."}
        if number % 10 == 0:
            assert (await house.ask(scope, "hello there", "three"))["response"]

    await limited([partial(pair, number) for number in range(pairs)])
    rows = await outcomes(house, f"pair-of-{pairs}-")
    by_thread: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_thread[row["conversation_id"]].append(row["id"])
    assert len(by_thread) == pairs
    for name, ids in by_thread.items():
        assert sorted(ids[:2]) == ["one", "two"]
        assert ids[2:] == (["three"] if name.endswith("0") else [])
    leases = "SELECT FROM conversations WHERE turn_id IS NOT NULL OR lease_until IS NOT NULL"
    assert await house.rows(leases) == []


async def test_two_hundred_messages_at_once_on_one_thread(house: House) -> None:
    scope = visitor("crowd")
    processes = [house, open_house(house.database)]
    accepted: list[str] = []

    async def say(number: int) -> None:
        ticket = await processes[number % 2].turns.take_turn(
            scope, inbound(f"hello there {number}", str(number))
        )
        accepted.append(ticket.message_id)
        async with asyncio.timeout(60):
            answer = (await ticket.outcome())["response"]
            assert answer.removeprefix(AGAIN) == "Hello from Acme."

    waves = [asyncio.create_task(wave(say, start)) for start in range(0, 200, 50)]
    await asyncio.gather(*waves)
    rows = await outcomes(house, "crowd")
    assert sorted(int(row["id"]) for row in rows) == list(range(200))
    _turns_are_in_order(rows)
    assert max(_sizes(rows)) <= MOST_MESSAGES
    await _order_is_that_of_acceptance(house, scope)


async def wave(say: Callable[[int], Awaitable[None]], start: int) -> None:
    """Fifty at the same moment."""
    await asyncio.gather(*(say(number) for number in range(start, start + 50)))


def _sizes(rows: list[dict[str, Any]]) -> list[int]:
    turns = [row["turn_id"] for row in rows]
    return [turns.count(turn) for turn in set(turns)]


def _turns_are_in_order(rows: list[dict[str, Any]]) -> None:
    """A turn's messages stand together, and nothing is answered before what came earlier."""
    turns = list(dict.fromkeys(row["turn_id"] for row in rows))
    places = [turns.index(row["turn_id"]) for row in rows]
    assert places == sorted(places)
    replies = list(dict.fromkeys(row["reply_seq"] for row in rows))
    assert replies == sorted(replies)


async def _order_is_that_of_acceptance(house: House, scope: Scope) -> None:
    """One after the other, each accepted before the next is sent."""
    sent = [f"late-{n}" for n in range(50)]
    for message_id in sent:
        (await house.say(scope, "hello there", message_id)).close()
    await house.quiet()
    rows = await house.of(scope, "messages")
    rows.sort(key=lambda row: int(row["seq"]))
    assert [row["id"] for row in rows if row["id"].startswith("late-")] == sent
