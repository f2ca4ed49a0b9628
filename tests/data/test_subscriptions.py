from decimal import Decimal

from data.db import Connection
from data.subscriptions import list_subscriptions
from tests.acme import ACME, ANN, BEA


async def test_the_running_subscription_comes_first_with_its_plans_name_and_price(
    acme: Connection,
) -> None:
    running, ended = await list_subscriptions(acme, ACME, ANN)
    assert (running.status, running.plan_name, running.price) == (
        "active",
        "Fast",
        Decimal("49.99"),
    )
    assert (ended.plan, ended.plan_name, ended.price) == ("gone", None, None)


async def test_a_customer_without_one_has_an_empty_list(acme: Connection) -> None:
    assert await list_subscriptions(acme, ACME, BEA) == []
