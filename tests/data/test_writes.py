import asyncio

import pytest

from data import writes
from data.db import Database
from data.errors import NotFound
from data.scope import Role, Scope
from data.writes import Write
from tests.acme import ACME, GLOBEX

SCOPE = Scope(ACME, Role.CUSTOMER_AI, "customer:1", "talk", 1)
WRITE = Write("turn/0/0", None, "flag_refund", {"order_id": 1})


async def test_a_write_is_claimed_once_and_its_result_kept(db: Database) -> None:
    async with db.transaction(ACME) as tx:
        assert await writes.claim_write(tx, SCOPE, WRITE)
        await writes.complete_write(tx, SCOPE, WRITE.key, before={"n": 1}, after={"n": 2})
    async with db.transaction(ACME) as tx:
        assert not await writes.claim_write(tx, SCOPE, WRITE)
        assert await writes.result_of(tx, ACME, WRITE.key) == {"n": 2}


async def test_a_write_that_failed_can_be_claimed_again(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(ACME) as tx:
            await writes.claim_write(tx, SCOPE, WRITE)
            raise ZeroDivisionError
    async with db.transaction(ACME) as tx:
        with pytest.raises(NotFound):
            await writes.result_of(tx, ACME, WRITE.key)
        assert await writes.claim_write(tx, SCOPE, WRITE)


async def test_the_second_of_two_at_once_waits_for_the_first(db: Database) -> None:
    first_is_in, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> bool:
        async with db.transaction(ACME) as tx:
            claimed = await writes.claim_write(tx, SCOPE, WRITE)
            first_is_in.set()
            await go_on.wait()
            await writes.complete_write(tx, SCOPE, WRITE.key, before=None, after="done")
            return claimed

    async def second() -> object:
        await first_is_in.wait()
        async with db.transaction(ACME) as tx:
            asyncio.get_running_loop().call_later(0.1, go_on.set)
            assert not await writes.claim_write(tx, SCOPE, WRITE)
            return await writes.result_of(tx, ACME, WRITE.key)

    claimed, found = await asyncio.gather(first(), second())
    assert (claimed, found) == (True, "done")


async def test_two_tenants_may_use_the_same_key(db: Database) -> None:
    for scope in (SCOPE, Scope(GLOBEX, Role.CUSTOMER_AI, "customer:1", "talk", 1)):
        async with db.transaction(scope.tenant) as tx:
            assert await writes.claim_write(tx, scope, WRITE)
