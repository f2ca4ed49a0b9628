"""What the database says after the last kill: every message once, in order, with one outcome."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from graph.turns import MOST_ATTEMPTS
from tests.crash.callers import Callers

MESSAGES = """
SELECT m.id, m.conversation_id, m.seq, m.content, m.for_people, m.turn_id, t.status, t.attempts,
  t.result, EXISTS (SELECT FROM turn_rounds j WHERE j.turn_id = m.turn_id) AS journaled,
  (SELECT count(*) FROM messages r WHERE r.turn_id = m.turn_id AND r.role = 'assistant') AS replies,
  (SELECT count(*) FROM tickets k WHERE k.description = m.content) AS tickets
FROM messages m LEFT JOIN turns t ON t.id = m.turn_id
WHERE m.role = 'customer' ORDER BY m.conversation_id, m.seq
"""
OPEN = """
SELECT count(*) FROM messages m LEFT JOIN turns t ON t.id = m.turn_id
WHERE m.role = 'customer' AND NOT m.for_people AND (t.id IS NULL OR t.status = 'running')
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Figures of a campaign. All that is called a fault has to be nought.

    `failed` are messages whose process was killed three times; people have them. `fallbacks` are
    messages that the offline engine answered, because the model could not be reached.
    """

    messages: int
    lost: int
    doubled: int
    out_of_order: int
    without_outcome: int
    writes_missing: int
    writes_doubled: int
    replies_wrong: int
    answers_that_differ: int
    leases_left: int
    given_up_early: int
    failed: int
    fallbacks: int
    for_people: int
    taken_over: int
    most_attempts: int
    settled_s: float

    @property
    def faults(self) -> dict[str, int]:
        """Those that are not nought."""
        names = (
            *("lost", "doubled", "out_of_order", "without_outcome", "writes_missing"),
            *("writes_doubled", "replies_wrong", "answers_that_differ", "leases_left"),
            "given_up_early",
        )
        return {name: getattr(self, name) for name in names if getattr(self, name)}


async def settle(db: AsyncConnection[Any], patience_s: float) -> float:
    """Wait until every message has its outcome; how long that took.

    Raises:
        TimeoutError: it took longer than `patience_s`.
    """
    began = time.monotonic()
    async with asyncio.timeout(patience_s):
        while True:
            row = await (await db.execute(OPEN)).fetchone()
            if row == (0,):
                return time.monotonic() - began
            await asyncio.sleep(0.1)


async def judge(db: AsyncConnection[Any], callers: Callers, settled_s: float) -> Verdict:
    """Compare what callers were told with what there is."""
    async with db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(MESSAGES)
        rows = await cursor.fetchall()
    leases = "SELECT count(*) FROM conversations WHERE turn_id IS NOT NULL"
    (leases_left,) = await (await db.execute(leases)).fetchone() or (0,)
    found = Counter((row["id"], row["content"]) for row in rows)
    answered = [row for row in rows if row["status"] == "answered"]
    turns = {row["turn_id"]: row for row in rows if row["turn_id"]}
    return Verdict(
        messages=len(callers.taken),
        lost=sum(not found[message.id, message.text] for message in callers.taken),
        doubled=sum(count > 1 for count in found.values()),
        out_of_order=_out_of_order(rows),
        without_outcome=sum(row["result"] is None and not row["for_people"] for row in rows),
        writes_missing=sum(row["journaled"] and not row["tickets"] for row in answered),
        writes_doubled=sum(row["tickets"] > 1 for row in rows),
        replies_wrong=sum(row["replies"] != 1 for row in turns.values()),
        answers_that_differ=_differing(rows, callers.told),
        leases_left=int(leases_left),
        given_up_early=sum(
            row["status"] == "failed" and row["attempts"] <= MOST_ATTEMPTS for row in rows
        ),
        failed=sum(row["status"] == "failed" for row in rows),
        fallbacks=sum(not row["journaled"] for row in answered),
        for_people=sum(row["for_people"] for row in rows),
        taken_over=sum(row["attempts"] > 1 for row in turns.values()),
        most_attempts=max(row["attempts"] for row in turns.values()),
        settled_s=round(settled_s, 1),
    )


def _out_of_order(rows: Sequence[Mapping[str, Any]]) -> int:
    """Messages that stand before one that was sent, and taken, earlier."""
    numbers: dict[str, list[int]] = {}
    for row in rows:
        number = int(row["id"].rpartition(".")[2])
        numbers.setdefault(row["conversation_id"], []).append(number)
    return sum(later < earlier for each in numbers.values() for earlier, later in pairwise(each))


def _differing(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Sequence[Any]]) -> int:
    """Answers that are not the message's one outcome."""
    replies = {row["id"]: (row["result"] or {}).get("reply_id") for row in rows}
    return sum(
        answer["reply_id"] != replies.get(message_id)
        for message_id, answers in told.items()
        for answer in answers
    )
