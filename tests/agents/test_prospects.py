"""Northwave: quotes, contracts and appointments, detail by detail."""

import pytest

from tests.agents.conftest import Meet


async def test_a_quote_is_taken_down_detail_by_detail(meet: Meet) -> None:
    talk = meet()
    first = await talk.say("Can I get a quote for Fiber 1000 and two SIMs?", "leads/quote_request")
    assert "What is your name" in first.text
    second = await talk.say("Jane Miller", "general/greeting", sure=0.2)
    assert second.specialists == ["general", "leads"]
    assert "phone number or e-mail" in second.text
    third = await talk.say("jane@example.org", "general/email_change", sure=0.9)
    assert third.tools == ["lookup_customer", "create_lead", "request_quote"]
    lead = await talk.row("SELECT * FROM leads")
    assert (lead["name"], lead["email"], lead["phone"]) == ("Jane Miller", "jane@example.org", None)
    assert "Fiber 1000 and two SIMs" in lead["details"]
    assert lead["conversation_id"] == talk.scope.conversation_id
    quote = await talk.row("SELECT * FROM quotes")
    assert quote["lead_id"] == lead["id"]
    assert f"number {lead['id']}" in third.text
    assert "jane@example.org" in third.text


async def test_everything_in_one_message_needs_no_question(meet: Meet) -> None:
    talk = meet()
    said = await talk.say(
        "I'd like a quote for Fiber 300 in Kelling. My name is Tom Baker, +1 555 010 2233",
        "leads/quote_request",
    )
    lead = await talk.row("SELECT * FROM leads")
    assert (lead["name"], lead["phone"]) == ("Tom Baker", "+1 555 010 2233")
    assert "request_quote" in said.tools


async def test_a_verified_customer_is_asked_neither_name_nor_number(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say("I'd like a quote for Fiber 1000 at home", "leads/quote_request")
    lead = await talk.row("SELECT * FROM leads")
    assert (lead["name"], lead["phone"], lead["customer_id"]) == ("Alice Martin", "+1-555-0101", 1)
    assert "Alice Martin" in said.text


async def test_what_was_given_for_a_quote_is_not_asked_again_for_an_appointment(meet: Meet) -> None:
    talk = meet()
    await talk.say("a quote for Fiber 300 in Kelling please", "leads/quote_request")
    await talk.say("Tom Baker, 555-010-2233", "general/greeting", sure=0.1)
    said = await talk.say(
        "can somebody call me back on Tuesday morning about the contract", "leads/book_appointment"
    )
    assert said.called("book_appointment")["wished_for"] == "on Tuesday morning"
    assert "?" not in said.text
    lead = await talk.row("SELECT * FROM leads")
    assert lead["name"] == "Tom Baker"


async def test_a_price_is_answered_and_a_name_asked_only_for_an_offer(meet: Meet) -> None:
    talk = meet()
    said = await talk.say("how much does the installation cost?", "leads/quote_request")
    assert "$49.00" in said.text
    assert "What is your name?" not in said.text
    said = await talk.say("I'd like an offer for the installation of fiber", "leads/quote_request")
    assert said.text.endswith("What is your name?")


async def test_haggling_goes_to_people(meet: Meet) -> None:
    said = await meet().say("give me your best price for fiber", "leads/quote_request")
    assert said.hand_over == "pricing"


async def test_an_appointment_is_asked_for_and_not_called_confirmed(meet: Meet) -> None:
    talk = meet()
    asked = await talk.say("I want to book an appointment", "leads/book_appointment")
    assert "What is the appointment for" in asked.text
    await talk.say("installation of fiber", "leads/new_contract", sure=0.9)
    await talk.say("Saturday between 8 and 12", "general/company_info", sure=0.4)
    await talk.say("I'm Jane Miller", "general/greeting", sure=0.3)
    said = await talk.say("555-010-4455", "general/greeting", sure=0.1)
    row = await talk.row("SELECT * FROM appointments")
    assert (row["purpose"], row["wished_for"]) == (
        "installation of fiber",
        "Saturday between 8 and 12",
    )
    assert "not confirmed yet" in said.text


async def test_a_booked_appointment_is_moved_by_people(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say(
        "I need to reschedule my technician appointment", "leads/book_appointment"
    )
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert "reschedule" in ticket["description"]
    assert "book_appointment" not in said.tools
    assert "nothing is changed" in said.text


async def test_another_question_in_between_is_answered_and_nothing_is_lost(meet: Meet) -> None:
    talk = meet()
    await talk.say("I need a quote for Fiber 300 in Kelling", "leads/quote_request")
    await talk.say("Jane Miller", "general/greeting", sure=0.2)
    aside = await talk.say("wait, do you ship to Canada?", "general/shipping_info")
    assert "not to Canada" in aside.text
    back = await talk.say("ok, about that quote again", "leads/quote_request")
    assert "name" not in back.text
    assert "phone number or e-mail" in back.text
    await talk.say("jane@example.org", "general/email_change", sure=0.5)
    lead = await talk.row("SELECT * FROM leads")
    assert lead["name"] == "Jane Miller"
    assert "Kelling" in lead["details"]


async def test_whoever_changes_their_mind_is_left_alone(meet: Meet) -> None:
    talk = meet()
    await talk.say("I need a quote for Fiber 300", "leads/quote_request")
    said = await talk.say("never mind", "general/goodbye", sure=0.5)
    assert "leave it" in said.text
    assert await talk.rows("SELECT * FROM leads") == []


async def test_whoever_gives_no_name_twice_gets_a_person(meet: Meet) -> None:
    talk = meet()
    await talk.say("I need a quote for Fiber 300 in Kelling", "leads/quote_request")
    once = await talk.say("I would rather not say", "leads/quote_request", sure=0.6)
    assert "Sorry" in once.text
    twice = await talk.say("still not telling you", "leads/quote_request", sure=0.6)
    assert twice.hand_over == "data_gap"


@pytest.mark.parametrize("intent", ["new_contract", "business_offer"])
async def test_contracts_and_companies_are_taken_down_alike(meet: Meet, intent: str) -> None:
    talk = meet()
    await talk.say("We want Business Fiber for our bakery in Millhaven", f"leads/{intent}")
    await talk.say("Ann Lee, ann@bakery.example", "general/greeting", sure=0.1)
    lead = await talk.row("SELECT * FROM leads")
    assert (lead["name"], lead["email"]) == ("Ann Lee", "ann@bakery.example")
    assert len(await talk.rows("SELECT * FROM quotes")) == 1
