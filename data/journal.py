"""The journal of a turn: the model's messages up to one that asks for WRITE tools, before they run.

A model words a repeated request differently, or looks things up in another order, and its call ids
are new each time. So all it said on the way to a write is kept, and a repeated turn replays it
instead of asking again: the write comes at the same place, where its key is found.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from data.db import Connection
from data.personal import opened_json, personal_of
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Round:
    """One model call of a turn. `number` counts from 0 over all specialists of the turn.

    Where one round is kept, all before it are.
    """

    number: int
    specialist: str
    message: dict[str, Any]


async def record_round(db: Connection, scope: Scope, turn_id: UUID, entry: Round) -> None:
    """Keep a round; recording it again changes nothing."""
    personal = await personal_of(db, scope.tenant)
    await db.execute(
        "INSERT INTO turn_rounds (tenant, turn_id, round, specialist, message)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (scope.tenant, turn_id, entry.number, entry.specialist, personal.json(entry.message)),
    )


async def rounds_of(db: Connection, scope: Scope, turn_id: UUID) -> dict[int, Round]:
    """The kept rounds of a turn by number; empty for a fresh one."""
    cursor = await db.execute(
        "SELECT round, specialist, message FROM turn_rounds WHERE tenant = %s AND turn_id = %s",
        (scope.tenant, turn_id),
    )
    return {
        int(number): Round(int(number), str(specialist), opened_json(db, scope.tenant, message))
        for number, specialist, message in await cursor.fetchall()
    }
