"""What the rows say of waiting: who is ahead, how long others waited, who is at work."""

from datetime import datetime, timedelta
from uuid import uuid4

from data import claims, handoffs, operators, sessions, waits
from data.db import Connection, Database
from data.scope import Scope
from data.waits import Standing
from tests.acme import ACME, GLOBEX
from tests.data.talk import begun, somebody, wanted
from tools.waits import likely_wait_s

LIFE = timedelta(minutes=2)


async def waits_for(db: Database, priority: str, minutes: int) -> Scope:
    """A conversation that has waited so long."""
    scope = somebody()
    claim = await begun(db, scope)
    async with db.transaction(ACME) as tx:
        await handoffs.open_handoff(tx, scope, claim.turn_id, wanted(priority=priority))
        await tx.execute(
            "UPDATE handoffs SET created_at = now() - %s WHERE conversation_id = %s",
            (timedelta(minutes=minutes), scope.conversation_id),
        )
    return scope


async def accepted(db: Database, scope: Scope, who: str) -> None:
    async with db.transaction(ACME) as tx:
        await claims.take(tx, scope, who, await claims.moment(tx), LIFE)


async def seen(tx: Connection, priority: str, tenant: str = ACME) -> Standing:
    return await waits.standing(tx, tenant, priority, await claims.moment(tx))


async def test_only_what_comes_first_is_ahead(db: Database) -> None:
    for priority, minutes in (("high", 1), ("medium", 30), ("low", 90)):
        await waits_for(db, priority, minutes)
    async with db.transaction(ACME) as tx:
        assert [(await seen(tx, p)).ahead for p in ("high", "medium", "low")] == [1, 2, 3]
        assert round((await seen(tx, "medium")).oldest_s / 60) == 30
    async with db.transaction(GLOBEX) as tx:
        assert await seen(tx, "low", GLOBEX) == Standing(0, 0.0, [], 0)


async def test_recent_waits_and_people_at_work_make_an_estimate(db: Database) -> None:
    for minutes in (1, 2, 3, 4):
        await accepted(db, await waits_for(db, "low", minutes), "key:1")
    async with db.transaction(ACME) as tx:
        few = await seen(tx, "low")
    assert (len(few.recent_s), few.at_work, likely_wait_s(few)) == (4, 1, None)
    await accepted(db, await waits_for(db, "low", 30), "key:2")
    async with db.transaction(ACME) as tx:
        enough = await seen(tx, "low")
    assert enough.at_work == 2
    assert round((likely_wait_s(enough) or 0) / 60) == 4  # four of five


async def test_at_work_is_who_gave_a_sign_of_life_lately(db: Database) -> None:
    async with db.transaction(ACME) as tx:
        here, away = [
            await operators.add_operator(tx, ACME, f"{uuid4()}@acme.test", "", "operator")
            for _ in range(2)
        ]
        for one in (here, away):
            await sessions.open_session(tx, ACME, one.id, "a browser", timedelta(days=1))
        await tx.execute(
            "UPDATE operator_sessions SET last_used_at = now() - interval '1 hour'"
            " WHERE operator_id = %s",
            [away.id],
        )
    mine = await waits_for(db, "low", 1)
    await accepted(db, mine, f"operator:{here.id}")
    async with db.transaction(ACME) as tx:
        at: datetime = await claims.moment(tx)
        assert await waits.at_work(tx, ACME, at) == {f"operator:{here.id}": 1}
        assert await waits.at_work(tx, ACME, at + timedelta(hours=1)) == {}
