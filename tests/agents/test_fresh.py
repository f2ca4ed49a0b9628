import asyncio

import pytest

from agents.fresh import CHECK_EVERY_S, Fresh


class Tables:
    """What a tenant wrote, with a clock; counts how often it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0
        self.content: dict[str, str] = {"acme": "one"}
        self.loads = 0
        self.looks = 0
        self.broken = False

    async def load(self, tenant: str) -> str:
        self.loads += 1
        await asyncio.sleep(0)
        if self.broken:
            raise RuntimeError("no database")
        return self.content[tenant]

    async def version(self, tenant: str) -> str:
        self.looks += 1
        await asyncio.sleep(0)
        return self.content[tenant]

    def clock(self) -> float:
        return self.now


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def fresh(tables: Tables) -> Fresh[str]:
    return Fresh(tables.load, tables.version, tables.clock)


async def test_a_value_is_loaded_once_while_it_is_fresh(tables: Tables, fresh: Fresh[str]) -> None:
    assert [await fresh.of("acme") for _ in range(3)] == ["one"] * 3
    assert (tables.looks, tables.loads) == (1, 1)


async def test_callers_that_meet_share_one_look(tables: Tables, fresh: Fresh[str]) -> None:
    assert await asyncio.gather(*(fresh.of("acme") for _ in range(20))) == ["one"] * 20
    assert (tables.looks, tables.loads) == (1, 1)


async def test_a_change_is_seen_when_it_is_time_to_look_again(
    tables: Tables, fresh: Fresh[str]
) -> None:
    await fresh.of("acme")
    tables.content["acme"] = "two"
    assert await fresh.of("acme") == "one"
    tables.now += CHECK_EVERY_S
    assert await fresh.of("acme") == "two"


async def test_what_has_not_changed_is_not_loaded_again(tables: Tables, fresh: Fresh[str]) -> None:
    await fresh.of("acme")
    tables.now += CHECK_EVERY_S
    await fresh.of("acme")
    assert (tables.looks, tables.loads) == (2, 1)


async def test_a_change_made_here_is_seen_at_once(tables: Tables, fresh: Fresh[str]) -> None:
    await fresh.of("acme")
    tables.content["acme"] = "two"
    fresh.forget("acme")
    fresh.forget("nobody")
    assert await fresh.of("acme") == "two"


async def test_tenants_are_kept_apart(tables: Tables, fresh: Fresh[str]) -> None:
    tables.content["globex"] = "other"
    assert (await fresh.of("acme"), await fresh.of("globex")) == ("one", "other")


async def test_a_failure_is_raised_and_nothing_kept(tables: Tables, fresh: Fresh[str]) -> None:
    tables.broken = True
    with pytest.raises(RuntimeError, match="no database"):
        await fresh.of("acme")
    tables.broken = False
    assert await fresh.of("acme") == "one"
