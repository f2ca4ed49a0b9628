"""Several questions in one message, and questions nobody has written an answer to."""

from tests.agents.conftest import Meet


async def test_two_questions_of_two_specialists_are_both_answered(meet: Meet) -> None:
    said = await meet(1).say(
        "Where is my order? And when is my bill due?",
        "general/order_status",
        "billing/invoice_question",
        parts=["Where is my order?", "And when is my bill due?"],
    )
    assert said.specialists == ["general", "billing"]
    assert "Phone Case" in said.text
    assert "INV-2041" in said.text


async def test_two_questions_of_one_specialist_need_no_transfer(meet: Meet) -> None:
    said = await meet(1).say(
        "Where is order 2? And what about my ticket?",
        "general/order_status",
        "general/ticket_status",
        parts=["Where is order 2?", "And what about my ticket?"],
    )
    assert said.specialists == ["general"]
    assert "Phone Case" in said.text
    assert "Left earcup" in said.text


async def test_a_question_to_the_customer_survives_the_other_answer(meet: Meet) -> None:
    talk = meet(1)
    both = await talk.say(
        "I want a refund. Also, do you ship to Canada?",
        "billing/refund_request",
        "general/shipping_info",
        parts=["I want a refund.", "Also, do you ship to Canada?"],
    )
    assert "Which order" in both.text
    assert "not to Canada" in both.text
    said = await talk.say("the phone case", "general/shipping_info", sure=0.3)
    assert said.called("flag_refund") == {"order_id": 2}


async def test_an_article_answers_what_has_no_playbook(meet: Meet) -> None:
    said = await meet().say("how much is shipping?", "general/shipping_info")
    assert said.tools == ["knowledge_search"]
    assert "$4.99" in said.text
    assert "Source: Shipping information" in said.text


async def test_what_nobody_knows_is_asked_once_more_and_then_given_to_people(meet: Meet) -> None:
    talk = meet()
    once = await talk.say("do you sell elephants on mars", "general/company_info", sure=0.3)
    assert "tell me a bit more" in once.text
    twice = await talk.say("blue cheese moon", "general/company_info", sure=0.2)
    assert twice.hand_over == "data_gap"


async def test_an_answer_in_between_makes_good_for_a_question_without_one(meet: Meet) -> None:
    talk = meet(1)
    await talk.say("do you sell elephants on mars", "general/company_info", sure=0.3)
    await talk.say("where is order 2", "general/order_status")
    said = await talk.say(
        "blue cheese moon on the roof of a whale", "general/company_info", sure=0.2
    )
    assert said.hand_over is None


async def test_nothing_is_written_for_a_guess(meet: Meet) -> None:
    talk = meet(1)
    said = await talk.say(
        "hmm cancel something about whatever things", "general/complaint", sure=0.2
    )
    assert said.tools == ["knowledge_search"]
    assert await talk.rows("SELECT * FROM writes") == []


async def test_a_second_question_that_asks_for_a_person_gets_one(meet: Meet) -> None:
    said = await meet(1).say(
        "Where is my order? And can I speak to somebody?",
        "general/order_status",
        "handoff/human_request",
        parts=["Where is my order?", "And can I speak to somebody?"],
    )
    assert said.hand_over == "human_requested"


async def test_a_hello_is_answered_by_name(meet: Meet) -> None:
    said = await meet(1).say("hey hey", "general/greeting")
    assert said.text.startswith("Hello Alice and welcome to Northwave!")


async def test_in_the_middle_of_a_conversation_nobody_is_welcomed(meet: Meet) -> None:
    alice = meet(1)
    await alice.say("Where is my order 2?", "general/order_status")
    said = await alice.say("are you there?", "general/greeting")
    assert said.text == "I'm here! What can I do for you?"
