import asyncio

import pytest

from data import conversations
from data.errors import Conflict, NotFound
from data.scope import Scope
from evals.models.script import Answer, Call, Reply, Request
from evals.models.scripts import Plain
from tests.graph.held import provided
from tests.graph.house import ACME, MEMORY, House, inbound, open_house, outcome, visitor

TICKET = "Please open a ticket about the thing"


async def test_a_message_is_answered_and_leaves_its_rows(house: House) -> None:
    scope = visitor()
    result = await house.ask(scope, TICKET, "m1")
    assert await house.history(scope) == [
        ("customer", TICKET),
        ("assistant", result["response"]),
    ]
    (turn,) = await house.of(scope, "turns")
    assert (turn["status"], turn["attempts"], turn["result"]) == ("answered", 1, result)
    assert len(await house.of(scope, "tickets")) == 1
    conversation = await house.conversation(scope)
    assert (conversation["owner"], conversation["lease_until"]) == ("ai", None)
    assert (conversation["intent"], conversation["specialist"]) == ("open_ticket", "tech")


async def test_the_same_message_again_gets_the_first_answer_and_does_nothing(house: House) -> None:
    scope = visitor()
    first = await house.ask(scope, TICKET, "m1")
    again = await house.ask(scope, TICKET, "m1")
    assert again == first
    assert len(await house.of(scope, "tickets")) == 1
    assert len(await house.history(scope)) == 2


async def test_the_same_message_twice_at_once_is_one(house: House) -> None:
    scope = visitor()
    answers = await asyncio.gather(*(house.ask(scope, TICKET, "m1") for _ in range(10)))
    assert answers.count(answers[0]) == 10
    assert len(await house.of(scope, "tickets")) == 1
    assert len(await house.history(scope)) == 2


async def test_other_words_under_the_same_id_are_a_conflict(house: House) -> None:
    scope = visitor()
    await house.ask(scope, "hello there", "m1")
    with pytest.raises(Conflict, match="message_id"):
        await house.say(scope, TICKET, "m1")
    assert len(await house.history(scope)) == 2


async def test_a_reply_id_is_no_message_id_of_a_customer(house: House) -> None:
    scope = visitor()
    result = await house.ask(scope, "hello there")
    with pytest.raises(Conflict):
        await house.say(scope, result["response"], result["reply_id"])


async def test_the_same_id_in_two_conversations_is_two_messages(house: House) -> None:
    one, other = visitor(), visitor()
    await house.ask(one, "hello there", "m1")
    assert (await house.ask(other, TICKET, "m1"))["intent"] == "open_ticket"


async def test_another_partys_conversation_looks_like_none(house: House) -> None:
    scope = visitor()
    await house.ask(scope, "hello there")
    stranger = visitor(scope.conversation_id, party="visitor:stranger")
    with pytest.raises(NotFound) as error:
        await house.say(stranger, "what did they say?")
    assert str(error.value) == str(NotFound("conversation", scope.conversation_id))
    assert len(await house.history(scope)) == 2


async def test_messages_that_come_during_a_turn_are_the_next_one(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as provider:
        busy = open_house(house.database, provider=provider)
        first = await busy.say(scope, "hello there", "m1")
        await provider.model.reached()
        later = [await busy.say(scope, text, text) for text in ("m2", "m3")]
        provider.model.let_go()
        one = await outcome(first)
        two, three = [await outcome(ticket) for ticket in later]
        assert one["reply_id"] != two["reply_id"]
        assert two == three
        turns = {row["id"]: row["turn_id"] for row in await house.of(scope, "messages")}
        assert turns["m1"] != turns["m2"] == turns["m3"]
        assert [role for role, _ in await house.history(scope)] == [
            *["customer"] * 3,
            *["assistant"] * 2,
        ]
        said = [(m["role"], m["content"]) for m in provider.requests[-1].messages[1:]]
        assert said == [
            ("user", "hello there"),
            ("assistant", "Happy to help."),
            ("user", "m2"),
            ("user", "m3"),
        ]


async def test_who_asks_twice_before_the_answer_is_there_is_not_told_all_of_it_twice(
    house: House,
) -> None:
    scope, question = visitor(), "How long does the delivery of a thing take?"
    async with provided(Plain()) as provider:
        busy = open_house(house.database, provider=provider)
        first = await busy.say(scope, question)
        await provider.model.reached()
        second = await busy.say(scope, question)
        provider.model.let_go()
        assert (await outcome(first))["response"] == "Happy to help."
        crossed = await outcome(second)
        assert crossed["response"] == "As I just wrote: Happy to help."
        assert crossed["handoff"] is False
        assert (await busy.ask(scope, question))["handoff_reason"] == "repeated_question"


async def test_more_messages_than_a_model_can_see_are_several_turns(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as provider:
        busy = open_house(house.database, provider=provider)
        first = await busy.say(scope, "hello there")
        await provider.model.reached()
        later = [await busy.say(scope, f"number {n}") for n in range(25)]
        provider.model.let_go()
        for ticket in (first, *later):
            assert (await outcome(ticket))["response"].endswith("Happy to help.")
        asked = [
            {m["content"] for m in r.messages if m["role"] == "user"}
            for r in provider.requests
            if "SortedMessages" not in r.tools  # what it means was asked before, apart
        ]
    assert len(asked) == 4
    for n in range(25):
        assert any(f"number {n}" in texts for texts in asked)


class HandsOver:
    """Gives every conversation to people."""

    def answer(self, request: Request) -> Answer:
        words = {"reason": "legal", "summary": "They want to sue us."}
        return Reply(calls=(Call("hand_over_to_person", words),))


async def test_what_came_during_a_turn_that_hands_over_is_for_people(house: House) -> None:
    scope = visitor()
    async with provided(HandsOver()) as provider:
        busy = open_house(house.database, provider=provider)
        first = await busy.say(scope, "hello there", "m1")
        await provider.model.reached()
        later = await busy.say(scope, "are you there?", "m2")
        provider.model.let_go()
        handed_over, waited = await outcome(first), await outcome(later)
    assert handed_over["handoff_reason"] == "legal"
    assert waited["answered_by"] == "human"
    assert waited["response"] is None
    (message,) = [m for m in await house.of(scope, "messages") if m["id"] == "m2"]
    assert (message["for_people"], message["turn_id"]) == (True, None)
    assert len(await house.of(scope, "turns")) == 1
    (handoff,) = await house.of(scope, "handoffs")
    assert (handoff["status"], handoff["reason"]) == ("pending", "legal")
    assert handoff["summary"] == "They want to sue us."
    assert handoff["interrupt_id"]


async def test_while_people_own_a_conversation_the_graph_does_not_run(house: House) -> None:
    scope = visitor()
    first = await house.ask(scope, "I want to talk to a human")
    assert (first["handoff"], first["handoff_reason"]) == (True, "human_requested")
    before = await house.memory(scope)
    async with asyncio.timeout(1):
        result = await house.ask(scope, TICKET)
    assert (result["response"], result["answered_by"], result["handoff"]) == (None, "human", True)
    assert (await house.conversation(scope))["owner"] == "queue"
    assert len(await house.of(scope, "turns")) == 1
    assert await house.memory(scope) == before
    assert await house.of(scope, "tickets") == []
    assert await house.ask(scope, "and again") == result


async def close(house: House, scope: Scope) -> None:
    async with house.database.transaction(ACME) as db:
        await conversations.close(db, scope)


async def test_a_closed_conversation_opens_again_with_a_new_message(house: House) -> None:
    scope = visitor()
    await house.ask(scope, "hello there", "m1")
    await close(house, scope)
    assert (await house.ask(scope, TICKET))["intent"] == "open_ticket"
    conversation = await house.conversation(scope)
    assert (conversation["owner"], conversation["status"]) == ("ai", "active")


async def test_a_repeated_message_does_not_open_a_closed_conversation(house: House) -> None:
    scope = visitor()
    first = await house.ask(scope, "hello there", "m1")
    await close(house, scope)
    assert await house.ask(scope, "hello there", "m1") == first
    conversation = await house.conversation(scope)
    assert (conversation["owner"], conversation["status"]) == ("closed", "closed")


async def test_closing_ends_a_handoff_and_a_new_message_goes_to_the_ai(house: House) -> None:
    scope = visitor()
    await house.ask(scope, "I want to talk to a human")
    await close(house, scope)
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."
    (handoff,) = await house.of(scope, "handoffs")
    assert handoff["status"] == "resolved"


async def test_a_thread_of_fifty_turns_keeps_one_checkpoint(house: House) -> None:
    scope = visitor()
    sizes = []
    for n in range(50):
        await house.ask(scope, f"hello there number {n}")
        if n in {9, 49}:
            sizes.append([await house.kept(scope, table) for table in MEMORY])
    assert sizes[0] == sizes[1]
    checkpoints, blobs, writes = sizes[1]
    assert (checkpoints, writes) == (1, 0)
    assert blobs < 20
    assert len(await house.history(scope)) == 100


async def test_a_message_on_a_thread_that_nobody_knows_opens_it(house: House) -> None:
    scope = visitor()
    ticket = await house.turns.take_turn(scope, inbound("hello there"))
    assert (await outcome(ticket))["conversation_id"] == scope.conversation_id
    assert (await house.conversation(scope))["party"] == scope.party
