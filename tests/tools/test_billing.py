from tests.tools.conftest import Begin, Turn


async def test_a_customer_sees_their_own_invoices(turn: Turn) -> None:
    outcome = await turn.ask("get_invoices")
    assert [invoice["id"] for invoice in outcome.result] == ["A-2", "A-1"]
    assert outcome.result[0]["due_date"] == "2025-04-20"
    assert outcome.result[0]["lines"] == [{"text": "Fee", "amount": "49.99"}]


async def test_a_customer_sees_their_subscriptions_with_price_and_renewal(turn: Turn) -> None:
    running, ended = (await turn.ask("get_subscription")).result
    assert (running["plan_name"], running["price"], running["renews_on"]) == (
        "Fast",
        "49.99",
        "2026-01-01",
    )
    assert ended["status"] == "cancelled"


async def test_having_nothing_is_an_empty_answer_and_no_error(begin: Begin) -> None:
    bea = await begin(customer_id=2)
    outcome = await bea.ask("get_subscription")
    assert (outcome.refused, outcome.result) == (None, [])
