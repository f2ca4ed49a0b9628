"""Northwave: connection, outages, tickets, complaints, account."""

import pytest

from tests.agents.conftest import Meet


async def test_a_visitor_without_internet_gets_the_known_fault_and_steps(meet: Meet) -> None:
    said = await meet().say("My internet is down since this morning", "tech/connection_down")
    assert said.tools == ["get_service_status", "knowledge_search"]
    assert "Eastbrook" in said.text
    assert "Fiber Box" in said.text
    assert "signed in" in said.text


async def test_whoever_is_in_the_area_of_a_fault_need_not_restart_anything(meet: Meet) -> None:
    said = await meet().say("no internet here in Eastbrook", "tech/connection_down")
    assert "known fault in Eastbrook" in said.text
    assert "About 1,200 homes" in said.text


async def test_the_line_of_a_customer_is_measured_before_steps(meet: Meet) -> None:
    said = await meet(1).say("no internet, hub shows a red light", "tech/connection_down")
    assert "run_line_diagnostics" in said.tools
    assert said.rounds == 1
    assert "find no fault on it: Optical signal -17.2 dBm" in said.text
    assert "Solid red" in said.text


async def test_steps_that_did_not_help_lead_to_a_ticket(meet: Meet) -> None:
    talk = meet(1)
    await talk.say("no internet, hub shows a red light", "tech/connection_down")
    said = await talk.say("I did that, it is still not working", "tech/connection_down", sure=0.2)
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["priority"] == "high"
    assert "hub shows a red light" in ticket["description"]
    assert "still not working" in ticket["description"]
    assert "Optical signal" in ticket["description"]
    assert f"ticket {ticket['id']}" in said.text


async def test_a_fault_that_is_known_by_a_ticket_gets_no_second_one(meet: Meet) -> None:
    talk = meet(2)
    said = await talk.say("it disconnects again and again", "tech/connection_down")
    assert "it is degraded: Optical signal -27.4 dBm" in said.text
    assert "ticket 2, Fiber drops out every evening; it is escalated" in said.text
    assert await talk.rows("SELECT * FROM tickets WHERE id > 1000") == []


async def test_a_visitors_fault_hangs_on_the_conversation(meet: Meet) -> None:
    talk = meet()
    await talk.say("the internet is very slow", "tech/connection_slow")
    said = await talk.say("that did not help", "tech/connection_slow", sure=0.5)
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["customer_id"] is None
    assert ticket["conversation_id"] == talk.scope.conversation_id
    assert f"ticket {ticket['id']}" in said.text


async def test_a_sim_is_checked_before_advice(meet: Meet) -> None:
    said = await meet(3).say("my phone has no signal", "tech/mobile_no_signal")
    assert "22.6 of 40 GB used this month" in said.text
    assert "Source: No signal or no calls on the phone" in said.text


async def test_an_outage_is_told_where_it_is_and_nowhere_else(meet: Meet) -> None:
    talk = meet()
    elsewhere = await talk.say("is there an outage in Kelling?", "tech/service_outage")
    assert "and no others" in elsewhere.text
    here = await talk.say("and in Eastbrook?", "tech/service_outage", sure=0.4)
    assert here.text.startswith("Yes, there is a known internet fault in Eastbrook")


async def test_one_open_ticket_is_told_in_full(meet: Meet) -> None:
    said = await meet(1).say("any news on my ticket?", "general/ticket_status")
    assert said.tools == ["lookup_customer", "get_tickets"]
    assert "Ticket 1, Left earcup of the headphones crackles" in said.text
    assert "open with medium priority" in said.text


async def test_a_ticket_is_closed_and_opened_again_on_request(meet: Meet) -> None:
    talk = meet(1)
    closed = await talk.say("please close my ticket, it works again", "general/ticket_status")
    assert closed.called("update_ticket") == {"ticket_id": 1, "status": "resolved"}
    assert (await talk.row("SELECT status FROM tickets WHERE id = 1"))["status"] == "resolved"
    opened = await talk.say("reopen ticket 1", "general/ticket_status")
    assert "open again" in opened.text
    assert (await talk.row("SELECT status FROM tickets WHERE id = 1"))["status"] == "open"


async def test_what_is_escalated_already_cannot_be_raised(meet: Meet) -> None:
    said = await meet(2).say("can you escalate my ticket", "general/ticket_status")
    assert "escalated already" in said.text


async def test_another_customers_ticket_stays_unknown(meet: Meet) -> None:
    said = await meet(1).say("what about ticket 2?", "general/ticket_status")
    assert "can't find a ticket 2" in said.text
    assert "Fiber" not in said.text


async def test_a_ticket_takes_what_it_is_about_whatever_the_answer_sounds_like(meet: Meet) -> None:
    talk = meet()
    asked = await talk.say("Please open a ticket", "general/ticket_open")
    assert asked.tools == []
    said = await talk.say("My mesh point makes a strange noise", "tech/device_trouble")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["subject"] == "My mesh point makes a strange noise"
    assert f"ticket {ticket['id']}" in said.text


async def test_a_ticket_that_says_what_it_is_about_is_opened_at_once(meet: Meet) -> None:
    talk = meet(1)
    await talk.say("new ticket: the app closes by itself on my tablet", "general/ticket_open")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert "closes by itself" in ticket["description"]
    assert ticket["customer_id"] == 1


async def test_a_ticket_for_what_was_said_before(meet: Meet) -> None:
    talk = meet()
    await talk.say("no internet, the hub blinks amber", "tech/connection_down")
    await talk.say("put it in a ticket please", "general/ticket_open")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert "the hub blinks amber" in ticket["description"]


async def test_a_complaint_is_registered_with_high_priority(meet: Meet) -> None:
    talk = meet(2)
    asked = await talk.say("I want to make a complaint", "general/complaint")
    assert "What went wrong" in asked.text
    said = await talk.say("Nobody ever calls back although it is promised", "general/complaint")
    ticket = await talk.row("SELECT * FROM tickets WHERE id > 1000")
    assert ticket["priority"] == "high"
    assert "promised" in ticket["description"]
    assert "sorry" in said.text
    assert "Fiber drops out every evening, is still escalated" in said.text


async def test_a_legal_threat_goes_to_people(meet: Meet) -> None:
    said = await meet(2).say("Enough. You will hear from my lawyer.", "general/complaint")
    assert said.hand_over == "legal"
    assert said.tools == []


async def test_an_email_is_changed_after_it_was_given(meet: Meet) -> None:
    talk = meet(1)
    asked = await talk.say("I want to change my email", "general/email_change")
    assert asked.tools == []
    asked = await talk.say("it's alice.m@example.com.", "general/greeting", sure=0.3)
    assert asked.text.startswith("Shall I change the e-mail address of your account to alice.m@")
    said = await talk.say("yes please", "general/greeting", sure=0.3)
    assert said.called("update_customer_email") == {"new_email": "alice.m@example.com"}
    assert "now alice.m@example.com; before, it was alice@example.com" in said.text
    row = await talk.row("SELECT email FROM customers WHERE id = 1")
    assert row["email"] == "alice.m@example.com"


@pytest.mark.parametrize("words", ["no", "No, leave it", "never mind"])
async def test_an_email_that_is_not_confirmed_stays(meet: Meet, words: str) -> None:
    talk = meet(1)
    await talk.say("Change my email to alice.m@example.com", "general/email_change")
    said = await talk.say(words, "general/greeting", sure=0.3)
    assert said.tools == []
    assert "Nothing was changed" in said.text
    later = await talk.say("yes", "general/greeting", sure=0.3)
    assert "update_customer_email" not in later.tools


async def test_another_address_instead_of_a_yes_is_asked_about_anew(meet: Meet) -> None:
    talk = meet(2)
    await talk.say("I want to change my email", "general/email_change")
    await talk.say("bob.a@example.com", "general/greeting", sure=0.3)
    asked = await talk.say("no, it is bob.b@example.com", "general/greeting", sure=0.3)
    assert "to bob.b@example.com?" in asked.text
    said = await talk.say("yes", "general/greeting", sure=0.3)
    assert said.called("update_customer_email") == {"new_email": "bob.b@example.com"}
    assert "now bob.b@example.com" in said.text


async def test_an_address_of_somebody_else_is_refused_without_saying_whose(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say("change my email to bob@example.com", "general/email_change")
    assert "can't be used" in said.text
    assert "another customer" not in said.text
    assert (await talk.row("SELECT email FROM customers WHERE id = 1"))[
        "email"
    ] == "alice@example.com"


async def test_a_visitor_cannot_change_an_address(meet: Meet) -> None:
    said = await meet().say("change my email to eve@example.org", "general/email_change")
    assert set(said.tools) == {"knowledge_search"}
    assert "sign in" in said.text


async def test_other_contact_data_is_answered_from_the_articles(meet: Meet) -> None:
    said = await meet(1).say("where do I change my phone number?", "general/email_change")
    assert "Phone number and postal address can be changed" in said.text
    assert "update_customer_email" not in said.tools
