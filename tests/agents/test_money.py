"""Northwave: invoices, payments, plans, contracts."""

from tests.agents.conftest import Meet


async def test_a_higher_bill_is_explained_by_its_lines(meet: Meet) -> None:
    said = await meet(2).say("Why is my bill higher this month?", "billing/invoice_question")
    assert said.tools == ["lookup_customer", "get_invoices"]
    assert "INV-2042" in said.text
    assert "71.98 USD" in said.text
    assert "Late fee for INV-2015: 5.00 USD" in said.text
    assert "66.98 USD and is overdue" in said.text


async def test_the_invoice_that_is_named_is_the_one_told(meet: Meet) -> None:
    said = await meet(2).say("what is in inv-1988?", "billing/invoice_question")
    assert "Outage credit, 2 full days: -4.47 USD" in said.text
    assert "INV-2042" not in said.text


async def test_when_a_bill_is_due_is_one_sentence(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say("When is my bill due?", "billing/invoice_question")
    due = (await talk.row("SELECT due_date FROM invoices WHERE id = 'INV-2041'"))["due_date"]
    assert f"is due on {due:%B} {due.day}, {due.year}" in said.text
    assert said.text.count(".") <= 3


async def test_what_is_owed_is_what_is_open_and_overdue(meet: Meet) -> None:
    said = await meet(2).say("how much do i owe you right now", "billing/invoice_question")
    assert "INV-2042" in said.text
    assert "INV-2015" in said.text
    assert "INV-1988" not in said.text


async def test_nothing_is_owed_when_all_is_paid(meet: Meet) -> None:
    said = await meet(3).say("how much do i owe you", "billing/invoice_question")
    assert "Nothing is open" in said.text


async def test_a_payment_that_is_missing_is_looked_for_by_a_ticket(meet: Meet) -> None:
    talk = meet(2)
    asked = await talk.say(
        "I transferred the money but INV-2015 is still overdue", "billing/payment_not_applied"
    )
    assert "When did you pay" in asked.text
    said = await talk.say("on the 3rd, 66.98 by bank transfer", "general/greeting", sure=0.2)
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["subject"] == "Payment not applied: INV-2015"
    assert "on the 3rd, 66.98 by bank transfer" in ticket["description"]
    assert "INV-2015 is still overdue" in ticket["description"]
    assert f"ticket {ticket['id']}" in said.text


async def test_a_payment_that_has_arrived_is_said_to_have(meet: Meet) -> None:
    talk = meet(3)
    said = await talk.say("I paid but it shows as open", "billing/payment_not_applied")
    assert "has arrived" in said.text
    assert "INV-2043" in said.text
    assert "create_ticket" not in said.tools


async def test_a_double_charge_becomes_a_ticket_beside_the_invoices(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say("You took 49.99 two times on the same day", "billing/charged_twice")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert "two times on the same day" in ticket["description"]
    assert "INV-2041" in said.text
    assert "Charged twice or an unknown charge" in said.text


async def test_the_plan_is_told_with_price_and_date(meet: Meet) -> None:
    said = await meet(2).say(
        "what plan do I have and when does it renew", "billing/subscription_info"
    )
    assert said.tools == ["lookup_customer", "get_subscription"]
    assert "Home & Mobile, 66.98 USD, billed monthly" in said.text
    assert "SIMs in use: 1 of 4" in said.text


async def test_a_change_of_plan_is_passed_on_and_not_claimed_to_be_done(meet: Meet) -> None:
    talk = meet(1)
    asked = await talk.say("I want to upgrade my plan", "billing/plan_change")
    assert "You are on Fiber 300 now" in asked.text
    assert "Source: Changing your plan" in asked.text
    said = await talk.say("Fiber 1000", "leads/quote_request", sure=0.6)
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["subject"] == "Change of plan to Fiber 1000"
    assert "Nothing has changed yet" in said.text
    assert (await talk.row("SELECT plan FROM subscriptions WHERE customer_id = 1"))[
        "plan"
    ] == "fiber-300"


async def test_a_cancellation_is_passed_on_after_a_yes(meet: Meet) -> None:
    talk = meet(1)
    asked = await talk.say("I want to cancel my contract", "billing/contract_cancel")
    assert "create_ticket" not in asked.tools
    assert "yes or no" in asked.text
    said = await talk.say("yes", "general/thanks", sure=0.3)
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["subject"] == "Cancellation of Fiber 300"
    assert "not in effect yet" in said.text


async def test_a_no_leaves_the_contract_alone(meet: Meet) -> None:
    talk = meet(1)
    await talk.say("cancel my contract please", "billing/contract_cancel")
    said = await talk.say("no, let me think about it", "general/goodbye", sure=0.3)
    assert "stays as it is" in said.text
    assert await talk.rows("SELECT * FROM tickets WHERE id > 1000") == []


async def test_a_question_about_notice_cancels_nothing(meet: Meet) -> None:
    said = await meet(1).say("how long is my notice period?", "billing/contract_cancel")
    assert "30 days" in said.text
    assert "create_ticket" not in said.tools


async def test_a_visitor_hears_the_rules_but_no_records(meet: Meet) -> None:
    said = await meet().say("how do I cancel my contract?", "billing/contract_cancel")
    assert set(said.tools) == {"knowledge_search"}
    assert "sign in" in said.text
    assert "Source: Contract terms" in said.text
