"""The queue: turns whose process died are found and answered, whatever happens to workers."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from procrastinate import App, PsycopgConnector
from psycopg import sql

from data import conversations, messages, turns
from data.db import Database
from data.messages import NewMessage
from data.scope import Role, Scope
from server.auth.permissions import roles_with
from server.jobs.queue import Jobs, open_jobs
from tests.graph.house import ACME, House, found_acme, open_house, visitor

FOUND_WITHIN_S = 12.0  # a look every five seconds, and then some


@pytest.fixture
async def house(db: Database) -> House:
    await found_acme(db)
    return open_house(db)


@pytest.fixture
async def jobs(house: House, database_url: str) -> AsyncIterator[Jobs]:
    async with open_jobs(database_url, house.database, house.turns, house.handbacks) as running:
        yield running


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


async def left(house: House) -> Scope:
    """A conversation whose process died at the beginning of its turn, long ago."""
    scope = visitor()
    async with house.database.transaction(ACME) as db:
        found = await conversations.lock_conversation(db, scope, "web")
        await messages.add_message(db, scope, NewMessage("m1", "customer", "hello there"))
        assert await turns.claim_turn(db, scope, found)
    await house.lease_runs_out(scope)
    return scope


async def answered(house: House, scope: Scope) -> None:
    async with asyncio.timeout(FOUND_WITHIN_S):
        while [role for role, _ in await house.history(scope)] != ["customer", "assistant"]:
            await asyncio.sleep(0.05)
    (turn,) = await house.of(scope, "turns")
    assert (turn["status"], turn["attempts"]) == ("answered", 2)


def rows(superuser: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return superuser.execute(query).fetchall()


async def test_turns_that_lost_their_process_are_answered_without_anybody_asking(
    house: House, jobs: Jobs, superuser: psycopg.Connection
) -> None:
    scopes = [await left(house) for _ in range(20)]
    await asyncio.gather(*(answered(house, scope) for scope in scopes))
    assert jobs.working
    assert rows(superuser, "SELECT FROM ops.procrastinate_jobs WHERE status = 'failed'") == []


async def test_every_job_declares_a_permission_that_only_the_system_and_admins_have(
    house: House, database_url: str
) -> None:
    app = App(connector=PsycopgConnector(conninfo=database_url))
    jobs = Jobs(app, house.database, house.turns, house.handbacks)
    jobs.declare()
    ours = {name for name in app.tasks if not name.startswith(("builtin:", "procrastinate."))}
    assert ours == set(jobs.permissions)
    for permission in jobs.permissions.values():
        assert roles_with(permission) == [Role.ADMIN, Role.SYSTEM]


async def test_a_turn_that_runs_is_left_alone(house: House, jobs: Jobs) -> None:
    scope = visitor()
    async with house.database.transaction(ACME) as db:
        found = await conversations.lock_conversation(db, scope, "web")
        await messages.add_message(db, scope, NewMessage("m1", "customer", "hello there"))
        await turns.claim_turn(db, scope, found)
    assert await jobs.recover() == 0
    await house.turns.recover(ACME, scope.conversation_id)
    (turn,) = await house.of(scope, "turns")
    assert (turn["status"], turn["attempts"]) == ("running", 1)


async def test_two_processes_recover_and_no_turn_runs_twice(
    house: House, jobs: Jobs, database_url: str
) -> None:
    other = open_house(house.database)
    scopes = [await left(house) for _ in range(30)]
    async with open_jobs(database_url, other.database, other.turns, other.handbacks) as more:
        await asyncio.gather(jobs.recover(), more.recover(), jobs.recover(), more.recover())
        await asyncio.gather(*(answered(house, scope) for scope in scopes))


async def test_a_conversation_is_queued_once_however_often_it_is_found(
    house: House, database_url: str, superuser: psycopg.Connection
) -> None:
    await left(house)
    async with open_jobs(database_url, house.database, house.turns, house.handbacks) as stopped:
        await stopped.stop()
        superuser.execute("DELETE FROM ops.procrastinate_jobs")
        await left(house)
        assert await stopped.recover() == await stopped.recover() > 0
        queued = rows(superuser, "SELECT args FROM ops.procrastinate_jobs WHERE status = 'todo'")
        assert len(queued) == await stopped.recover()


async def a_dead_worker(superuser: psycopg.Connection, scope: Scope, name: str) -> None:
    """A job that a worker had begun when it died, a minute ago."""
    superuser.execute(
        "WITH dead AS (INSERT INTO ops.procrastinate_workers (last_heartbeat)"
        "  VALUES (now() - interval '1 minute') RETURNING id)"
        " INSERT INTO ops.procrastinate_jobs"
        " (queue_name, task_name, queueing_lock, args, status, worker_id)"
        " SELECT 'default', %s, %s,"
        "  jsonb_build_object('tenant', %s::text, 'conversation_id', %s::text), 'doing', id"
        " FROM dead",
        (name, f"{ACME}:{scope.conversation_id}", ACME, scope.conversation_id),
    )


async def test_a_dead_workers_job_is_done_by_a_living_one(
    house: House, jobs: Jobs, superuser: psycopg.Connection
) -> None:
    scope = await left(house)
    await a_dead_worker(superuser, scope, "answer")
    await answered(house, scope)
    async with asyncio.timeout(FOUND_WITHIN_S):
        while rows(superuser, "SELECT FROM ops.procrastinate_jobs WHERE task_name = 'answer'"):
            await asyncio.sleep(0.05)


async def test_dead_jobs_that_nobody_can_take_over_do_not_stop_recovery(
    house: House, jobs: Jobs, superuser: psycopg.Connection
) -> None:
    """Two jobs of one queueing lock cannot wait at the same time; a third is of no known task."""
    await jobs.stop()
    scope = await left(house)
    await a_dead_worker(superuser, scope, "answer")
    await a_dead_worker(superuser, scope, "answer")
    await a_dead_worker(superuser, visitor(), "unheard_of")
    jobs.start()
    await answered(house, scope)
    await answered(house, await left(house))
    failed = "SELECT task_name FROM ops.procrastinate_jobs WHERE status = 'failed'"
    assert rows(superuser, failed) == [("unheard_of",)]


async def test_a_database_that_was_away_does_not_end_recovery(
    house: House, jobs: Jobs, postgres: str
) -> None:
    (here,) = await house.rows("SELECT current_database() AS name")
    name = sql.Identifier(here["name"])
    admit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format
    with psycopg.connect(postgres, autocommit=True) as elsewhere:
        elsewhere.execute(admit(name, sql.SQL("false")))
        elsewhere.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [here["name"]],
        )
        await asyncio.sleep(3)
        elsewhere.execute(admit(name, sql.SQL("true")))
    await answered(house, await left(house))


async def test_jobs_that_end_leave_no_rows(
    house: House, jobs: Jobs, superuser: psycopg.Connection
) -> None:
    for _ in range(3):
        scope = await left(house)
        await jobs.recover()
        await answered(house, scope)
    await asyncio.sleep(0.3)
    waiting = "SELECT FROM ops.procrastinate_jobs WHERE task_name = 'answer'"
    assert rows(superuser, waiting) == []
    assert len(rows(superuser, "SELECT FROM ops.procrastinate_periodic_defers")) <= 4  # of each job
