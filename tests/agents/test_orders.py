"""Northwave: orders, deliveries, returns, refunds. Alice is customer 1, Bob 2, Carol 3."""

import pytest

from tests.agents.conftest import Meet

ORDER_TOOLS = ["lookup_customer", "get_orders"]


async def test_the_status_of_my_order_is_looked_up_in_two_tools_at_once(meet: Meet) -> None:
    said = await meet(1).say("What is the status of my order?", "general/order_status")
    assert said.tools == ORDER_TOOLS
    assert said.rounds == 1
    assert "Phone Case" in said.text
    assert "on its way" in said.text
    assert "SWP4821966120" in said.text


@pytest.mark.parametrize(
    ("text", "product", "state"),
    [
        ("Where is order 2?", "Phone Case", "on its way"),
        ("when do my headphones come", "Wireless Headphones", "delivered"),
        ("order #3 delivered or not", "USB-C Charger", "delivered"),
        ("what about my latest order", "Phone Case", "on its way"),
    ],
)
async def test_the_order_that_is_named_is_the_one_told(
    meet: Meet, text: str, product: str, state: str
) -> None:
    said = await meet(1).say(text, "general/order_status")
    first = said.text.splitlines()[0]
    assert product in first
    assert state in first


async def test_an_order_that_is_not_on_the_account_is_not_made_up(meet: Meet) -> None:
    said = await meet(1).say("Where is order 1003?", "general/order_status")
    assert "can't find an order 1003" in said.text
    assert "Phone Case" in said.text


async def test_another_customers_order_looks_like_none(meet: Meet) -> None:
    said = await meet(1).say("Where is order 4?", "general/order_status")
    assert "can't find an order 4" in said.text
    assert "Mesh" not in said.text


async def test_a_visitor_learns_nothing_about_an_account(meet: Meet) -> None:
    said = await meet().say(
        "What is the status of my order? I am alice@example.com", "general/order_status"
    )
    assert set(said.tools) == {"knowledge_search", "lookup_customer"}
    assert "sign in" in said.text
    for secret in ("Alice", "Phone Case", "SWP"):
        assert secret not in said.text


async def test_a_follow_up_names_another_order(meet: Meet) -> None:
    talk = meet(1)
    await talk.say("Where is order 2?", "general/order_status")
    said = await talk.say("and the headphones?", "tech/device_trouble", sure=0.2)
    assert "order 1, Wireless Headphones" in said.text
    assert said.tools == ORDER_TOOLS


async def test_the_other_one_is_not_the_one_before(meet: Meet) -> None:
    talk = meet(1)
    assert "flag_refund" in (await talk.say("refund order 1", "billing/refund_request")).tools
    said = await talk.say("and the other one?", "general/order_status", sure=0.2)
    assert "flag_refund" not in said.tools
    assert "Which order" in said.text
    late = await talk.say("order 3", "general/order_status", sure=0.2)
    assert late.hand_over == "refund"


async def test_cancelling_an_order_that_is_processing_becomes_a_ticket(meet: Meet) -> None:
    talk = meet(3)
    said = await talk.say("please cancel the charging pad, wrong colour", "general/order_cancel")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["subject"] == "Cancel or change order 5: Wireless Charging Pad"
    assert "wrong colour" in ticket["description"]
    assert (ticket["customer_id"], ticket["priority"]) == (3, "high")
    assert f"ticket {ticket['id']}" in said.text
    assert "not settled" in said.text


async def test_asking_twice_to_cancel_opens_one_ticket(meet: Meet) -> None:
    talk = meet(3)
    await talk.say("cancel order 5", "general/order_cancel")
    said = await talk.say("did you cancel it?", "general/order_cancel")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert f"as ticket {ticket['id']} (open)" in said.text


async def test_an_order_that_is_on_its_way_cannot_be_cancelled(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say("stop the phone case order", "general/order_cancel")
    assert "can no longer be stopped" in said.text
    assert "create_ticket" not in said.tools
    assert await talk.rows("SELECT * FROM tickets WHERE id > 1000") == []


async def test_which_order_to_cancel_is_asked_once_and_answered_by_its_product(meet: Meet) -> None:
    talk = meet(1)
    asked = await talk.say("I want to cancel my order", "general/order_cancel")
    assert "Which order" in asked.text
    assert "order 2, Phone Case: shipped" in asked.text
    said = await talk.say("the phone case", "tech/device_trouble", sure=0.9)
    assert "order 2, Phone Case" in said.text
    assert "shipped" in said.text


async def test_a_damaged_parcel_becomes_a_ticket_with_the_customers_words(meet: Meet) -> None:
    talk = meet(1)
    asked = await talk.say(
        "my package arrived damaged, the box is crushed", "general/delivery_problem"
    )
    assert "Which order" in asked.text
    said = await talk.say("2", "general/order_status", sure=0.1)
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["subject"] == "Delivery problem with order 2: Phone Case"
    assert "the box is crushed" in ticket["description"]
    assert str(ticket["id"]) in said.text
    assert "Problems with a delivery" in said.text


async def test_what_has_not_been_sent_cannot_be_lost(meet: Meet) -> None:
    said = await meet(3).say("order 5 never arrived!", "general/delivery_problem")
    assert "has not left our warehouse" in said.text
    assert "create_ticket" not in said.tools


async def test_a_visitor_hears_how_returns_work(meet: Meet) -> None:
    said = await meet().say("How do I return an item?", "general/return_item")
    assert said.tools == ["knowledge_search"]
    assert "Source: Returning or exchanging an item" in said.text


async def test_a_refund_is_flagged_for_the_order_that_was_named(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say("I want my money back for the headphones", "billing/refund_request")
    assert said.called("flag_refund") == {"order_id": 1}
    assert "recorded your refund request for order 1" in said.text
    assert "149.99 USD" in said.text
    assert "no money has been sent" in said.text
    assert (await talk.row("SELECT status FROM orders WHERE id = 1"))[
        "status"
    ] == "refund_requested"


async def test_a_refund_without_an_order_is_asked_about_first(meet: Meet) -> None:
    talk = meet(1)
    asked = await talk.say("I want a refund", "billing/refund_request")
    assert "flag_refund" not in asked.tools
    assert "order 1, Wireless Headphones, 149.99 USD" in asked.text
    said = await talk.say("order 2", "general/order_status", sure=0.6)
    assert said.specialists == ["general", "billing"]
    assert said.called("flag_refund") == {"order_id": 2}


async def test_the_order_spoken_of_before_is_meant_by_it(meet: Meet) -> None:
    talk = meet(1)
    await talk.say("where are my headphones", "general/order_status")
    await talk.say("can I return them?", "general/return_item")
    said = await talk.say("I'd rather have my money back for it", "billing/refund_request")
    assert said.called("flag_refund") == {"order_id": 1}


@pytest.mark.parametrize(("customer", "order"), [(1, 3), (2, 4)])
async def test_a_refund_beyond_the_policy_is_for_a_person(
    meet: Meet, customer: int, order: int
) -> None:
    talk = meet(customer)
    said = await talk.say(f"I want my money back for order {order}", "billing/refund_request")
    assert said.hand_over == "refund"
    assert "flag_refund" not in said.tools


async def test_why_a_refund_was_refused_is_said(meet: Meet) -> None:
    talk = meet(3)
    said = await talk.say("refund the charging pad please", "billing/refund_request")
    assert "order 5 is processing" in said.text
    assert "cancel" in said.text
    assert (await talk.row("SELECT status FROM orders WHERE id = 5"))["status"] == "processing"


async def test_a_second_refund_of_one_order_is_not_recorded(meet: Meet) -> None:
    talk = meet(1)
    await talk.say("refund order 1", "billing/refund_request")
    again = await talk.say("refund order 1 please", "billing/refund_request")
    assert "asked for already" in again.text
    where = await talk.say("where is my refund?", "billing/refund_request")
    assert "order 1, Wireless Headphones, is with our team" in where.text


async def test_a_refund_for_a_service_is_answered_from_the_articles(meet: Meet) -> None:
    said = await meet(1).say(
        "I want my money back for the internet outage last week", "billing/refund_request"
    )
    assert "flag_refund" not in said.tools
    assert "Source: Refund policy" in said.text
