"""A daily budget of model tokens: counted from what models say, shared by all processes."""

import asyncio
from datetime import date

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from agents.budget import Budget, tokens_of
from agents.content import Contents
from data import tenants, token_usage
from data.db import Database
from data.tenants import Tenant
from evals.models.scripts import Plain
from tests.graph.held import never, provided
from tests.graph.house import ACME, House, open_house, visitor


@pytest.fixture(autouse=True)
async def unspent(house: House) -> None:
    async with house.database.transaction(ACME) as db:
        await db.execute("DELETE FROM token_usage")


async def used(database: Database, tenant: str = ACME) -> int:
    async with database.reading(tenant) as db:
        return await token_usage.tokens_today(db, tenant)


async def test_over_budget_the_offline_engine_answers(house: House) -> None:
    async with provided(Plain(), never) as provider:
        rich = open_house(house.database, provider=provider, tokens_a_day=1_000_000)
        assert (await rich.ask(visitor(), "hello there"))["response"] == "Happy to help."
        once = await used(house.database)
        assert once > 0

        poor = open_house(house.database, provider=provider, tokens_a_day=once + 1)
        assert (await poor.ask(visitor(), "hello there"))["response"] == "Happy to help."
        asked = len(provider.requests)
        assert (await poor.ask(visitor(), "hello there"))["response"] == "Hello from Acme."
        assert len(provider.requests) == asked, "the model was asked although nothing was left"


async def test_without_a_budget_nothing_is_counted(house: House) -> None:
    async with provided(Plain(), never) as provider:
        await open_house(house.database, provider=provider).ask(visitor(), "hello there")
    assert await used(house.database) == 0


async def test_processes_share_what_is_left(house: House) -> None:
    one, other = (Budget(house.database, Contents(house.database), 100) for _ in range(2))
    await asyncio.gather(*(each.count(ACME, 9) for each in (one, other) for _ in range(5)))
    assert await used(house.database) == 90
    await one.count(ACME, 20)
    assert await one.spent(ACME)
    assert not await other.spent(ACME), "it learns the total with its next call"
    await other.count(ACME, 1)
    assert await other.spent(ACME)
    assert await Budget(house.database, Contents(house.database), 100).spent(ACME)


async def test_a_new_day_has_a_new_budget(house: House) -> None:
    day = date(2026, 3, 1)
    budget = Budget(house.database, Contents(house.database), 10, day=lambda: day)
    await budget.count(ACME, 10)
    assert await budget.spent(ACME)
    async with house.database.transaction(ACME) as db:
        await db.execute("UPDATE token_usage SET day = day - 1")
    day = date(2026, 3, 2)
    assert not await budget.spent(ACME)


@pytest.mark.parametrize(("own", "spent"), [(5, True), (500, False), (0, True), ("many", True)])
async def test_a_tenants_own_budget_comes_before_the_installations(
    house: House, own: object, spent: bool
) -> None:
    settings = {"limits": {"model_tokens_per_day": own}}
    async with house.database.ops_transaction() as ops:
        await tenants.upsert_tenant(ops, Tenant(ACME, "Acme", settings, "s" * 32))
    budget = Budget(house.database, Contents(house.database), 100)
    await budget.count(ACME, 100)
    assert await budget.spent(ACME) is spent


async def test_one_tenant_does_not_spend_anothers(house: House) -> None:
    async with house.database.ops_transaction() as ops:
        await tenants.add_tenant(ops, Tenant("globex", "Globex", {}, "s" * 32))
    budget = Budget(house.database, Contents(house.database), 10)
    await budget.count(ACME, 10)
    assert await budget.spent(ACME)
    assert not await budget.spent("globex")


def test_without_the_providers_count_it_is_estimated_from_what_was_said() -> None:
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    counted = AIMessage("Hi.", usage_metadata=usage)
    assert tokens_of([HumanMessage("x" * 4000)], counted) == 7
    assert tokens_of([HumanMessage("x" * 4000)], AIMessage("y" * 400)) == 1100
