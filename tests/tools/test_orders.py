from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from data.company import Company
from data.orders import Order
from tests.acme import STATUSES
from tests.tools.conftest import Begin, Turn
from tools.orders import RefundPolicy, policy_of, refund_obstacle, refundable_until


async def test_a_customer_sees_their_own_orders_newest_first(turn: Turn) -> None:
    outcome = await turn.ask("get_orders")
    assert [order["id"] for order in outcome.result] == [6, 5, 4, 3, 2, 1]
    assert outcome.result[0]["amount"] == "10.50"
    assert outcome.result[0]["status"] == "refunded"


@pytest.mark.parametrize("limit", [0, 21, -1, "many", None, 10**1000])
async def test_a_limit_outside_its_range_is_refused(unplugged: Turn, limit: object) -> None:
    outcome = await unplugged.ask("get_orders", limit=limit)
    assert outcome.refused == "invalid"
    assert outcome.result.startswith("limit: ")


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("processing", "order 1 is processing; a refund can be asked for once an order is shipped"),
        ("shipped", None),
        ("delivered", None),
        ("cancelled", "order 4 is cancelled; a refund can be asked for once an order is shipped"),
        ("refund_requested", "a refund of order 5 has been asked for already"),
        ("refunded", "order 6 has been refunded already"),
    ],
)
async def test_a_refund_can_be_asked_for_once_the_order_is_on_its_way(
    turn: Turn, status: str, refused: str | None
) -> None:
    number = STATUSES.index(status) + 1
    outcome = await turn.ask("flag_refund", order_id=number)
    (order,) = await turn.rows(f"SELECT status FROM orders WHERE id = {number}")
    if refused:
        assert outcome.refused == "conflict"
        assert outcome.result.startswith(refused)
        assert order["status"] == status
        assert await turn.writes() == []
    else:
        assert outcome.refused is None
        assert outcome.result["status"] == order["status"] == "refund_requested"


async def test_the_audit_row_has_the_order_before_and_after(turn: Turn) -> None:
    await turn.ask("flag_refund", order_id=3, key="turn/0/0")
    (write,) = await turn.writes()
    assert write["key"] == "turn/0/0"
    assert write["turn_id"] == turn.claim.turn_id
    assert write["conversation_id"] == turn.scope.conversation_id
    assert (write["customer_id"], write["actor"]) == (1, "customer_ai/customer:1")
    assert (write["operation"], write["arguments"]) == ("flag_refund", {"order_id": 3})
    changed = {k for k, v in write["before"].items() if write["after"][k] != v}
    assert changed == {"status", "updated_at"}
    assert (write["before"]["status"], write["after"]["status"]) == (
        "delivered",
        "refund_requested",
    )


@pytest.mark.parametrize("number", [7, 90, 12_345, 2**63 - 1])
async def test_somebody_elses_order_is_missing_like_one_that_never_was(
    turn: Turn, number: int
) -> None:
    outcome = await turn.ask("flag_refund", order_id=number)
    assert (outcome.refused, outcome.result) == ("not_found", f"order '{number}' not found")


@pytest.mark.parametrize("number", [0, -3, 2**63, 10**400, "1; DROP TABLE orders", 1.5, None])
async def test_what_is_no_order_number_is_refused(unplugged: Turn, number: object) -> None:
    outcome = await unplugged.ask("flag_refund", order_id=number)
    assert outcome.refused == "invalid"
    assert outcome.result.startswith("order_id: ")


async def test_the_owner_of_an_order_can_ask_for_the_refund_that_another_could_not(
    begin: Begin,
) -> None:
    bea = await begin(customer_id=2)
    assert (await bea.ask("flag_refund", order_id=7)).refused is None


TODAY = date(2026, 3, 31)
POLICY = RefundPolicy(days=30, delivery_days=7)


def order(status: str, ordered: date, delivered: date | None = None) -> Order:
    at = noon(ordered)
    there = noon(delivered) if delivered else None
    return Order(3, 1, "A thing", Decimal(10), "USD", status, None, at, there, at, at)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "ordered", "delivered", "last"),
    [
        ("delivered", date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 31)),
        ("delivered", date(2026, 2, 20), date(2026, 2, 28), date(2026, 3, 30)),
        ("delivered", date(2026, 2, 22), None, date(2026, 3, 31)),
        ("delivered", date(2026, 2, 21), None, date(2026, 3, 30)),
        ("shipped", date(2025, 1, 1), None, None),
        ("processing", date(2026, 3, 30), None, None),
    ],
)
def test_the_last_day_is_counted_from_delivery_or_from_when_it_must_have_arrived(
    status: str, ordered: date, delivered: date | None, last: date | None
) -> None:
    it = order(status, ordered, delivered)
    assert refundable_until(it, POLICY) == last
    obstacle = refund_obstacle(it, POLICY, TODAY)
    if last and last < TODAY:
        assert obstacle is not None
        assert obstacle.startswith(f"a refund of order 3 could be asked for until {last}, 30 days")
    else:
        assert obstacle is None or status == "processing"


@pytest.mark.parametrize("written", [-1, 3651, "soon", 2.5, True, None, [], 10**400])
def test_a_policy_that_is_no_count_of_days_leaves_the_usual_one(written: object) -> None:
    company = Company("Acme", {"refund_days": written, "delivery_days": written})
    assert policy_of(company) == RefundPolicy()


async def test_a_refund_after_the_companys_period_is_for_people(turn: Turn) -> None:
    await turn.rows(
        "UPDATE orders SET delivered_at = now() - interval '3651 days' WHERE id = 3 RETURNING id"
    )
    outcome = await turn.ask("flag_refund", order_id=3)
    assert outcome.refused == "conflict"
    assert "3650 days after delivery; only a person can decide" in outcome.result
    shown = {o["id"]: o["refundable_until"] for o in (await turn.ask("get_orders")).result}
    assert shown[3] in outcome.result
    assert shown[2] is None
