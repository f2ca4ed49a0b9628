import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from data import conversations, turns
from data.db import Database
from data.errors import LeaseLost
from data.scope import Scope
from data.turns import Claim
from evals.models.script import Request
from evals.models.scripts import Plain, SlowWriter
from tests.graph.held import after_tools, at_first, never, provided
from tests.graph.house import ACME, MEMORY, House, found_acme, open_house, outcome, visitor

WRITER = SlowWriter(arguments={"subject": "{message}", "description": "A thing."}, delay_s=0)
KEPT = ("messages", "turns", "tickets", "writes", "handoffs", "outbox")
BEATS_S = 0.05  # how often a lease is renewed where a test waits for it


async def everything(house: House, scope: Scope) -> dict[str, object]:
    """All that a conversation has left in the database."""
    rows: dict[str, object] = {table: await house.of(scope, table) for table in KEPT}
    for table in MEMORY:
        query = f"SELECT * FROM {table} WHERE thread_id = %(id)s"
        rows[table] = await house.rows(query, id=scope.thread_id)
    return rows | {"conversation": await house.conversation(scope)}


async def steal(house: House, scope: Scope) -> Claim:
    """Take the lease over in one transaction, as if its time had come."""
    async with house.database.transaction(ACME) as db:
        await conversations.lock_existing(db, scope)
        await db.execute(
            "UPDATE conversations SET lease_until = now() - interval '1 second' WHERE id = %s",
            [scope.conversation_id],
        )
        found = await conversations.lock_existing(db, scope)
        claim = await turns.claim_turn(db, scope, found)
    assert claim
    return claim


@pytest.mark.parametrize("stands_still", [at_first, after_tools])
async def test_a_paused_holder_that_was_taken_over_changes_nothing(
    house: House, stands_still: Callable[[Request], bool]
) -> None:
    scope = visitor()
    async with provided(WRITER, stands_still) as slow, provided(WRITER, never) as quick:
        paused = open_house(house.database, provider=slow)
        ticket = await paused.say(scope, "Open a ticket")
        await slow.model.reached()
        other = open_house(house.database, provider=quick)
        await other.take_over(scope)
        before = await everything(house, scope)
        slow.model.let_go()
        await paused.quiet()
        assert await everything(house, scope) == before
        result = await outcome(ticket)
    assert len(await house.of(scope, "tickets")) == 1
    assert len(await house.of(scope, "writes")) == 1
    assert await house.history(scope) == [
        ("customer", "Open a ticket"),
        ("assistant", result["response"]),
    ]
    (turn,) = await house.of(scope, "turns")
    assert (turn["status"], turn["attempts"]) == ("answered", 2)


async def test_a_stolen_lease_ends_the_run_and_leaves_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    scope = visitor()
    async with provided(WRITER) as slow:
        robbed = open_house(house.database, provider=slow, renew_s=BEATS_S)
        ticket = await robbed.say(scope, "Open a ticket")
        await slow.model.reached()
        await steal(house, scope)
        before = await everything(house, scope)
        async with asyncio.timeout(2):
            await robbed.quiet()  # the model still has not answered
        assert await everything(house, scope) == before
        assert "lease_lost" in caplog.messages
        slow.model.let_go()
        await house.take_over(scope)
        assert (await outcome(ticket))["handoff"] is False
    assert len(await house.of(scope, "tickets")) == 1


async def test_a_stolen_lease_journals_nothing_and_writes_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    scope = visitor()
    async with provided(WRITER) as slow:
        robbed = open_house(house.database, provider=slow)
        (await robbed.say(scope, "Open a ticket")).close()
        await slow.model.reached()
        claim = await steal(house, scope)
        slow.model.let_go()
        await robbed.quiet()
    assert "lease_lost" in caplog.messages
    journal = "SELECT FROM turn_rounds WHERE turn_id = %(id)s"
    assert await house.rows(journal, id=claim.turn_id) == []
    for table in ("tickets", "writes", "handoffs"):
        assert await house.of(scope, table) == []
    assert await house.history(scope) == [("customer", "Open a ticket")]
    assert await house.kept(scope, "checkpoints") == 0


async def is_renewed(house: House, scope: Scope) -> None:
    """Wait until the lease lasts for about LEASE_S again."""
    whole = timedelta(seconds=turns.LEASE_S - 3)
    async with asyncio.timeout(5):
        while (await house.conversation(scope))["lease_until"] - datetime.now(UTC) < whole:
            await asyncio.sleep(BEATS_S)


async def test_a_slow_turn_keeps_its_lease(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as slow:
        patient = open_house(house.database, provider=slow, renew_s=BEATS_S)
        ticket = await patient.say(scope, "hello there")
        await slow.model.reached()
        await house.lease_runs_out(scope)
        await is_renewed(house, scope)
        slow.model.let_go()
        assert (await outcome(ticket))["response"] == "Happy to help."
    assert (await house.conversation(scope))["lease_until"] is None


async def test_a_dropped_database_connection_costs_a_slow_turn_nothing(
    db: Database, postgres: str
) -> None:
    await found_acme(db)
    house, scope = open_house(db), visitor()
    async with provided(Plain()) as slow:
        patient = open_house(db, provider=slow, renew_s=BEATS_S)
        ticket = await patient.say(scope, "hello there")
        await slow.model.reached()
        (here,) = await house.rows("SELECT current_database() AS name")
        with psycopg.connect(postgres, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [here["name"]],
            )
        await asyncio.sleep(BEATS_S * 6)
        await house.lease_runs_out(scope)
        await is_renewed(house, scope)
        slow.model.let_go()
        assert (await outcome(ticket))["response"] == "Happy to help."
    (turn,) = await house.of(scope, "turns")
    assert turn["attempts"] == 1


async def test_two_processes_that_recover_at_once_run_the_turn_once(house: House) -> None:
    scope = visitor()
    async with provided(WRITER, at_first) as slow, provided(WRITER, never) as quick:
        dying = open_house(house.database, provider=slow)
        (await dying.say(scope, "Open a ticket")).close()
        await slow.model.reached()
        await dying.dies()
        await house.lease_runs_out(scope)
        living = [open_house(house.database, provider=quick) for _ in range(4)]
        await asyncio.gather(*(h.turns.recover(ACME, scope.conversation_id) for h in living))
    (turn,) = await house.of(scope, "turns")
    assert (turn["status"], turn["attempts"]) == ("answered", 2)
    assert len(await house.of(scope, "tickets")) == 1


async def test_a_repeated_message_finds_its_turn_left_and_takes_it_over(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as slow:
        dying = open_house(house.database, provider=slow)
        (await dying.say(scope, "hello there", "m1")).close()
        await slow.model.reached()
        await dying.dies()
    await house.lease_runs_out(scope)
    assert (await house.ask(scope, "hello there", "m1"))["response"] == "Hello from Acme."
    (turn,) = await house.of(scope, "turns")
    assert turn["attempts"] == 2


async def test_a_message_that_finds_a_turn_left_is_answered_after_it(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as slow:
        dying = open_house(house.database, provider=slow)
        (await dying.say(scope, "hello there", "m1")).close()
        await slow.model.reached()
        await dying.dies()
    await house.lease_runs_out(scope)
    second = await house.ask(scope, "please open a ticket about the thing", "m2")
    first = await house.ask(scope, "hello there", "m1")
    assert (first["intent"], second["intent"]) == ("greeting", "open_ticket")
    assert [turn["attempts"] for turn in await house.of(scope, "turns")] == [2, 1]


async def test_a_lost_lease_cannot_give_up_either(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as slow:
        dying = open_house(house.database, provider=slow)
        (await dying.say(scope, "hello there")).close()
        await slow.model.reached()
        await dying.dies()
    stale = await steal(house, scope)
    await steal(house, scope)
    before = await everything(house, scope)
    with pytest.raises(LeaseLost):
        await house.runner.give_up(scope, stale)
    assert await everything(house, scope) == before
