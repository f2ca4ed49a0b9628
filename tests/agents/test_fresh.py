import asyncio
from collections.abc import Sized

import pytest

from agents.fresh import CHECK_EVERY_S, MOST_TENANTS, Fresh


class Tables(Fresh[str]):
    """What a tenant wrote, with a clock; counts how often it is looked at."""

    def __init__(self) -> None:
        super().__init__(lambda: self.now)
        self.now = 0.0
        self.content: dict[str, str] = {"acme": "one"}
        self.loads = 0
        self.looks = 0
        self.broken = False

    async def _load(self, tenant: str) -> str:
        self.loads += 1
        await asyncio.sleep(0)
        if self.broken:
            raise RuntimeError("no database")
        return self.content[tenant]

    async def _version(self, tenant: str) -> str:
        self.looks += 1
        await asyncio.sleep(0)
        return self.content[tenant]


@pytest.fixture
def tables() -> Tables:
    return Tables()


async def test_a_value_is_loaded_once_while_it_is_fresh(tables: Tables) -> None:
    assert [await tables.of("acme") for _ in range(3)] == ["one"] * 3
    assert (tables.looks, tables.loads) == (1, 1)


async def test_callers_that_meet_share_one_look(tables: Tables) -> None:
    assert await asyncio.gather(*(tables.of("acme") for _ in range(20))) == ["one"] * 20
    assert (tables.looks, tables.loads) == (1, 1)


async def test_a_change_is_seen_when_it_is_time_to_look_again(tables: Tables) -> None:
    await tables.of("acme")
    tables.content["acme"] = "two"
    assert await tables.of("acme") == "one"
    tables.now += CHECK_EVERY_S
    assert await tables.of("acme") == "two"


async def test_what_has_not_changed_is_not_loaded_again(tables: Tables) -> None:
    await tables.of("acme")
    tables.now += CHECK_EVERY_S
    await tables.of("acme")
    assert (tables.looks, tables.loads) == (2, 1)


async def test_a_change_made_here_is_seen_at_once(tables: Tables) -> None:
    await tables.of("acme")
    tables.content["acme"] = "two"
    tables.forget("acme")
    tables.forget("nobody")
    assert await tables.of("acme") == "two"


async def test_tenants_are_kept_apart(tables: Tables) -> None:
    tables.content["globex"] = "other"
    assert (await tables.of("acme"), await tables.of("globex")) == ("one", "other")


async def test_a_failure_is_raised_and_nothing_kept(tables: Tables) -> None:
    tables.broken = True
    with pytest.raises(RuntimeError, match="no database"):
        await tables.of("acme")
    tables.broken = False
    assert await tables.of("acme") == "one"


async def test_what_was_being_loaded_while_it_changed_is_not_kept(tables: Tables) -> None:
    loading = asyncio.create_task(tables.of("acme"))
    while not tables.loads:
        await asyncio.sleep(0)
    tables.content["acme"] = "two"
    tables.forget("acme")
    await loading
    assert await tables.of("acme") == "two"


async def test_however_many_tenants_change_only_so_much_is_remembered(tables: Tables) -> None:
    for number in range(MOST_TENANTS * 5):
        tables.forget(f"tenant-{number}")
    kept = [held for held in vars(tables).values() if isinstance(held, Sized)]
    assert max(map(len, kept)) == MOST_TENANTS
