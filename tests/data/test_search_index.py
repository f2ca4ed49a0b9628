"""A large tenant's own index, built and dropped while everybody goes on uploading."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import numpy as np

from data import knowledge
from data.db import Database
from data.knowledge import NewDocument, NewPassage
from data.search_index import BUILDING, keep_search_index
from tests.acme import ACME, GLOBEX

MODEL = "m"
LONG_S = 30.0  # nothing here takes a tenth of it, unless it waits for what never comes
VECTORS = np.eye(64, dtype=np.float32)


async def put(db: Database, source: str, count: int, tenant: str = ACME) -> int:
    rows = [NewPassage("", f"{n}", VECTORS[n]) for n in range(count)]
    async with db.transaction(tenant) as tx:
        document = NewDocument(source, source, None, None, source.encode())
        return (await knowledge.put_document(tx, tenant, document, rows, MODEL)).id


async def indexes(db: Database) -> list[bool]:
    """Of each index of a tenant's, whether it is whole."""
    async with db.index.connection() as owner:
        cursor = await owner.execute(
            "SELECT indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE starts_with(c.relname, 'passages_near_')"
        )
        return [row[0] for row in await cursor.fetchall()]


async def until_it_is_there(db: Database) -> None:
    async with asyncio.timeout(LONG_S):
        while not await indexes(db):
            await asyncio.sleep(0.02)


@asynccontextmanager
async def built_for_long(db: Database) -> AsyncIterator[asyncio.Task[bool]]:
    """While the block lasts an index is built: an upload that is not finished holds it up."""
    async with db.transaction(ACME) as unfinished:
        await unfinished.execute("UPDATE passages SET heading = 'x' WHERE tenant = 'acme'")
        building = asyncio.create_task(keep_search_index(db, ACME, 40))
        await until_it_is_there(db)
        yield building
    with suppress(asyncio.CancelledError):
        await building


async def test_uploads_go_on_while_an_index_is_built(db: Database) -> None:
    await put(db, "a", 40)
    async with built_for_long(db) as building, asyncio.timeout(LONG_S):
        for tenant in (GLOBEX, ACME):
            await put(db, "b", 10, tenant)
            assert not await keep_search_index(db, tenant, 40)  # and waits for no other's
        assert not building.done()
    assert await building
    assert await indexes(db) == [True]


async def test_an_index_that_was_left_half_built_is_built_anew(db: Database) -> None:
    await put(db, "a", 40)
    async with built_for_long(db) as building:
        building.cancel()
        with suppress(asyncio.CancelledError):
            await building
    assert await indexes(db) == [False]
    assert await keep_search_index(db, ACME, 40)
    assert await indexes(db) == [True]


async def test_a_tenant_that_shrinks_loses_its_index_below_half(db: Database) -> None:
    first, second = await put(db, "a", 20), await put(db, "b", 10)
    assert not await keep_search_index(db, ACME, 40)
    third = await put(db, "c", 10)
    assert await keep_search_index(db, ACME, 40)
    for document, still in ((second, True), (third, True), (first, False)):
        async with db.transaction(ACME) as tx:
            await knowledge.delete_document(tx, ACME, document)
        assert await keep_search_index(db, ACME, 40) is still
    assert await indexes(db) == []


async def test_the_owner_of_the_passages_sees_no_tenants_and_owns_nothing_else(
    db: Database,
) -> None:
    await put(db, "a", 3)
    async with db.index.connection() as owner:
        seen = await owner.execute("SELECT count(*) FROM passages")
        assert await seen.fetchone() == (0,)
        owned = await owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        )
        assert await owned.fetchall() == [("passages",)]


async def test_an_index_that_cannot_be_built_costs_no_upload(db: Database) -> None:
    await put(db, "a", 40)
    async with db.index.connection() as owner:
        await owner.execute("SELECT pg_advisory_lock(%s)", [BUILDING])
        assert not await keep_search_index(db, ACME, 40)
    assert await keep_search_index(db, ACME, 40)
