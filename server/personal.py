"""Sealing a tenant's personal data, opening them again, and changing the key, while all goes on.

Each step is taken from the state that the tenant's row names and leads to the next, and each batch
is a transaction of its own: broken off anywhere, the next run goes on there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from checkpoints import sealing
from data import personal_columns, sealed_tenants
from data.db import Connection, Database
from data.personal import State, personal_of
from data.personal_columns import COLUMNS, Batch
from data.sealing import Keyring
from server.prepare import Report

MEMORY = "memory"  # the graph's, beside the tables of `COLUMNS`


Step = Callable[[Connection, Any], Awaitable[Batch]]
"""Called with where the batch before ended, None at the beginning."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Rows and threads that were stored anew, and those that no key opens, left as they were."""

    changed: int
    unopened: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A tenant's rows in one table: sealed with the first key, with another, or open."""

    tenant: str
    state: str
    table: str
    sealed: int
    outdated: int
    open: int


async def seal(database: Database, keyring: Keyring, tenant: str, report: Report) -> Rewritten:
    """Seal what the tenant has of persons, now and from now on.

    Raises:
        CannotOpen: an earlier run used a key that is gone.
    """
    state = await _state(database, tenant)
    if state is State.CLEARING:
        await go_on(database, keyring, tenant, report)
        state = None
    async with database.ops_transaction() as ops:
        if state is None:
            await sealed_tenants.begin(ops, keyring, tenant)
        elif state is State.OPENING:
            await sealed_tenants.move_on(ops, tenant, State.OPENING, State.SEALING)
    return await go_on(database, keyring, tenant, report)


async def unseal(database: Database, keyring: Keyring, tenant: str, report: Report) -> Rewritten:
    """Have the tenant's personal data open again, now and from now on.

    Raises:
        CannotOpen: the key is gone.
    """
    async with database.ops_transaction() as ops:
        await sealed_tenants.move_on(ops, tenant, State.PREPARING, State.CLEARING)
        await sealed_tenants.move_on(ops, tenant, State.SEALING, State.OPENING)
    return await go_on(database, keyring, tenant, report)


async def go_on(database: Database, keyring: Keyring, tenant: str, report: Report) -> Rewritten:
    """Whatever is left to do on the tenant's way; of a sealed one, what another key sealed.

    Raises:
        CannotOpen: the key is gone.
    """
    done = Rewritten(0, 0)
    while (state := await _state(database, tenant)) is not None:
        match state:
            case State.PREPARING:
                await _give_keys(database, tenant, report)
                following: State | None = State.SEALING
            case State.SEALING | State.SEALED:
                done = await _rewrite(database, tenant, report)
                async with database.ops_transaction() as ops:
                    await sealed_tenants.reseal_digest_key(ops, keyring, tenant)
                    if not done.unopened:
                        await sealed_tenants.note_sealed(ops, tenant)
                break
            case State.OPENING:
                done = await _rewrite(database, tenant, report)
                if done.unopened:
                    break
                following = State.CLEARING
            case State.CLEARING:
                await _take_keys(database, tenant, report)
                following = None
        async with database.ops_transaction() as ops:
            await sealed_tenants.move_on(ops, tenant, state, following)
    return done


async def standing(database: Database, keyring: Keyring) -> list[Standing]:
    """How every tenant stands that asked for it, table by table; empty tables are left out."""
    async with database.ops_transaction() as ops:
        sealed = await sealed_tenants.list_sealed(ops)
    found = []
    for one in sealed:
        async with database.reading(one.id) as db:
            for table in COLUMNS:
                count = await personal_columns.count_rows(db, one.id, table, keyring.prefix)
                counts = (count.sealed, count.outdated, count.open)
                found.append(Standing(one.id, one.sealing, table, *counts))
            counts = await sealing.count_memory(db, one.id, keyring.first)
            found.append(Standing(one.id, one.sealing, MEMORY, *counts))
    return [one for one in found if one.sealed or one.outdated or one.open]


async def _state(database: Database, tenant: str) -> State | None:
    async with database.ops_transaction() as ops:
        return await sealed_tenants.find_state(ops, tenant)


async def _give_keys(database: Database, tenant: str, report: Report) -> None:
    async def give(db: Connection, _after: Any) -> Batch:
        return await personal_columns.add_email_keys(db, await personal_of(db, tenant))

    total = await _count(database, tenant, "customers")
    await _in_batches(database, tenant, f"{tenant}: addresses", total, give, report)


async def _take_keys(database: Database, tenant: str, report: Report) -> None:
    async def take(db: Connection, _after: Any) -> Batch:
        return await personal_columns.take_email_keys(db, tenant)

    total = await _count(database, tenant, "customers")
    await _in_batches(database, tenant, f"{tenant}: addresses", total, take, report)


async def _rewrite(database: Database, tenant: str, report: Report) -> Rewritten:
    """Every table and the graph's memory, as the tenant's state has it."""
    found = []
    for table in (*COLUMNS, MEMORY):
        total = await _count(database, tenant, table)
        step = _rewriting(tenant, table)
        found.append(await _in_batches(database, tenant, f"{tenant}: {table}", total, step, report))
    return Rewritten(sum(one.changed for one in found), sum(one.unopened for one in found))


def _rewriting(tenant: str, table: str) -> Step:
    async def rewrite(db: Connection, after: Any) -> Batch:
        personal = await personal_of(db, tenant)
        if table == MEMORY:
            return await sealing.rewrite_threads(db, personal, after)
        return await personal_columns.rewrite(db, personal, table, after)

    return rewrite


async def _count(database: Database, tenant: str, table: str) -> int:
    async with database.reading(tenant) as db:
        if table == MEMORY:
            return await sealing.count_threads(db, tenant)
        return await personal_columns.count_of(db, tenant, table)


async def _in_batches(
    database: Database, tenant: str, what: str, total: int, step: Step, report: Report
) -> Rewritten:
    """Take a step until it says that there is no more, each in a transaction."""
    done, seen, after = Rewritten(0, 0), 0, None
    while True:
        report(what, min(seen, total), total)
        async with database.transaction(tenant) as db:
            batch = await step(db, after)
        seen, after = seen + batch.rows, batch.last
        done = Rewritten(done.changed + batch.changed, done.unopened + batch.unopened)
        if after is None:
            break
    report(what, total, total)
    return done
