"""Ridgeline, the roofer: Hannah is customer 1, Walter 2, Priya 3."""

import pytest

from tests.agents.conftest import Meet


async def test_a_leak_is_registered_before_any_question_and_a_visit_after(meet: Meet) -> None:
    talk = meet(None, "ridgeline")
    first = await talk.say("water is coming through the ceiling!", "tech/leak_report")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["priority"] == "high"
    assert f"ticket {ticket['id']}" in first.text
    assert "1-800-555-0186" in first.text
    assert "Source: What to do when the roof leaks" in first.text
    await talk.say("Jane Miller", "general/company_info", sure=0.1)
    await talk.say("555-010-3344", "general/company_info", sure=0.1)
    last = await talk.say("12 Mill Road, Harwick", "general/company_info", sure=0.4)
    assert last.tools == ["create_lead", "book_appointment"]
    lead = await talk.row("SELECT * FROM leads")
    assert "12 Mill Road" in lead["details"]
    appointment = await talk.row("SELECT * FROM appointments")
    assert appointment["wished_for"] == "As soon as possible"
    assert f"ticket {ticket['id']}" in last.text
    assert len(await talk.rows("SELECT * FROM tickets WHERE id > 1000")) == 1


@pytest.mark.parametrize("intent", ["leak_report", "storm_damage"])
async def test_a_known_customers_damage_takes_one_turn(meet: Meet, intent: str) -> None:
    talk = meet(2, "ridgeline")
    said = await talk.say("the stain beside the chimney is growing again", f"tech/{intent}")
    assert (await talk.row("SELECT name, phone FROM leads")) == {
        "name": "Walter Greene",
        "phone": "+1-555-0122",
    }
    assert "ticket 2, Water stain beside the chimney again, which is escalated" in said.text
    assert len(await talk.rows("SELECT * FROM appointments")) == 1


async def test_a_quote_needs_work_name_contact_and_address(meet: Meet) -> None:
    talk = meet(None, "ridgeline")
    await talk.say("Can I get a quote for a new roof?", "leads/quote_request")
    for answer in ("about 2,000 sq ft, metal", "Jane Miller", "jane@example.org"):
        await talk.say(answer, "general/company_info", sure=0.2)
    said = await talk.say("12 Mill Road, Harwick", "general/company_info", sure=0.2)
    quote = await talk.row("SELECT * FROM quotes")
    assert quote["subject"] == "about 2,000 sq ft, metal Address: 12 Mill Road, Harwick"
    assert "estimators" in said.text


async def test_an_inspection_is_asked_for_in_the_customers_words(meet: Meet) -> None:
    talk = meet(1, "ridgeline")
    await talk.say("Could you inspect the roof on Tuesday morning?", "leads/book_inspection")
    said = await talk.say("210 Oak Street, Dunmore", "general/company_info", sure=0.2)
    row = await talk.row("SELECT * FROM appointments")
    assert row["wished_for"] == "on Tuesday morning"
    assert "not confirmed yet" in said.text


async def test_the_state_of_a_job_is_told_with_what_is_still_open(meet: Meet) -> None:
    said = await meet(1, "ridgeline").say("What is the status of my job?", "general/job_status")
    assert said.tools == ["lookup_customer", "get_orders", "get_tickets"]
    assert "Roof replacement" in said.text
    assert "planned or under way" in said.text
    assert "Adjuster wants photos of the north slope: in progress" in said.text


async def test_the_deposit_is_on_the_invoice(meet: Meet) -> None:
    said = await meet(1, "ridgeline").say("when is the deposit due", "billing/invoice_question")
    assert "INV-3118" in said.text
    assert "4,095.00 USD" in said.text


async def test_a_warranty_is_answered_from_the_articles(meet: Meet) -> None:
    said = await meet(None, "ridgeline").say(
        "How long is the warranty on a new roof?", "general/warranty_question"
    )
    assert "10 years" in said.text
    assert "Source: Warranty on roofs and repairs" in said.text


async def test_a_visitor_hears_no_job_of_anybody(meet: Meet) -> None:
    said = await meet(None, "ridgeline").say("status of job 1 please", "general/job_status")
    assert "sign in" in said.text
    assert "Hannah" not in said.text
