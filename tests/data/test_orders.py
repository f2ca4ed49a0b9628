from decimal import Decimal

import pytest
from psycopg.errors import CheckViolation

from data import orders
from data.db import Connection
from data.errors import NotFound
from tests.acme import ACME, ANN, BEA


async def test_orders_come_newest_first_and_no_more_than_asked_for(acme: Connection) -> None:
    found = await orders.list_orders(acme, ACME, ANN, limit=3)
    assert [order.id for order in found] == [6, 5, 4]
    assert found[0].amount == Decimal("10.50")


async def test_a_customer_without_orders_has_an_empty_list(acme: Connection) -> None:
    assert await orders.list_orders(acme, ACME, 404) == []


@pytest.mark.parametrize("number", [7, 90, 12345])
async def test_another_customers_order_looks_like_one_that_never_was(
    acme: Connection, number: int
) -> None:
    for find in (orders.get_order, orders.lock_order):
        with pytest.raises(NotFound, match=f"^order '{number}' not found$"):
            await find(acme, ACME, ANN, number)


async def test_the_status_is_changed_and_returned(acme: Connection) -> None:
    before = await orders.lock_order(acme, ACME, BEA, 7)
    after = await orders.set_status(acme, ACME, 7, "refund_requested")
    assert (before.status, after.status) == ("delivered", "refund_requested")
    assert await orders.get_order(acme, ACME, BEA, 7) == after


async def test_only_known_statuses_are_stored(acme: Connection) -> None:
    with pytest.raises(CheckViolation):
        await orders.set_status(acme, ACME, 7, "lost")


async def test_changing_an_order_that_is_not_there_is_an_error(acme: Connection) -> None:
    with pytest.raises(NotFound):
        await orders.set_status(acme, ACME, 90, "refunded")
