import pytest

from data import plans
from data.db import Connection
from data.errors import NotFound
from tests.acme import ACME


async def test_plans_are_listed_cheapest_first(acme: Connection) -> None:
    assert [plan.name for plan in await plans.list_plans(acme, ACME)] == ["Slow", "Fast"]


async def test_a_plan_is_found_by_id_or_not_at_all(acme: Connection) -> None:
    assert (await plans.get_plan(acme, ACME, "fast")).attributes == {}
    assert await plans.find_plan(acme, ACME, "gone") is None
    with pytest.raises(NotFound):
        await plans.get_plan(acme, ACME, "gone")
