import asyncio
from uuid import uuid4

import pytest

from data import conversations, handoffs, messages
from data.errors import Conflict, NotFound
from data.handoffs import Handoff, NewHandoff
from data.messages import NewMessage
from data.scope import Scope
from evals.models.scripts import Plain
from graph.ending import FAILED
from graph.handback import HandBack
from tests.graph.held import never, provided
from tests.graph.house import ACME, MEMORY, House, open_house, operator, outcome, visitor
from tests.graph.test_failures import create_ticket
from tests.graph.test_turns import HandsOver

RETURN, RESOLVE = HandBack("return", "Called her."), HandBack("resolve")


async def handed_over(house: House) -> Scope:
    """A conversation that waits for people."""
    scope = visitor()
    assert (await house.ask(scope, "I want to talk to a human"))["handoff"]
    return scope


async def words_of_an_operator(house: House, scope: Scope, text: str) -> None:
    async with house.database.transaction(ACME) as db:
        await conversations.lock_existing(db, scope)
        new = NewMessage(id=str(uuid4()), role="operator", content=text)
        await messages.add_message(db, scope, new)


async def interrupts(house: House, scope: Scope) -> int:
    snapshot = await house.graph.aget_state({"configurable": {"thread_id": scope.thread_id}})
    return len(snapshot.interrupts)


async def test_a_returned_conversation_is_the_ais_again(house: House) -> None:
    scope = await handed_over(house)
    assert await interrupts(house, scope) == 1
    ended = await house.handbacks.hand_back(operator(scope), RETURN)
    assert (ended.status, ended.note) == ("returned", "Called her.")
    assert await interrupts(house, scope) == 0
    assert (await house.memory(scope))["returned"] == {"action": "return", "note": "Called her."}
    (row,) = await house.of(scope, "handoffs")
    assert (row["status"], row["note"]) == ("returned", "Called her.")
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."
    assert [await house.kept(scope, table) for table in MEMORY][::2] == [1, 0]


async def test_a_resolved_conversation_is_closed_and_opens_with_a_new_message(
    house: House,
) -> None:
    scope = await handed_over(house)
    assert (await house.handbacks.hand_back(operator(scope), RESOLVE)).status == "resolved"
    conversation = await house.conversation(scope)
    assert (conversation["owner"], conversation["status"]) == ("closed", "closed")
    assert (await house.memory(scope))["returned"]["action"] == "resolve"
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."
    conversation = await house.conversation(scope)
    assert (conversation["owner"], conversation["status"]) == ("ai", "active")


@pytest.mark.parametrize("first", [RETURN, RESOLVE])
async def test_handing_back_twice_is_a_conflict(house: House, first: HandBack) -> None:
    scope = await handed_over(house)
    await house.handbacks.hand_back(operator(scope), first)
    before = await house.memory(scope)
    with pytest.raises(Conflict, match="handed back before"):
        await house.handbacks.hand_back(operator(scope), RETURN)
    assert await house.memory(scope) == before
    notes = [row for row in await house.of(scope, "messages") if row["role"] == "note"]
    assert len(notes) == (1 if first.note else 0)


async def test_a_conversation_that_was_never_handed_over_is_a_conflict(house: House) -> None:
    scope = visitor()
    await house.ask(scope, "hello there")
    with pytest.raises(Conflict):
        await house.handbacks.hand_back(operator(scope), RETURN)


async def test_a_conversation_that_never_was_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await house.handbacks.hand_back(operator(visitor()), RETURN)


async def test_of_two_at_once_one_wins_and_the_memory_is_whole(house: House) -> None:
    scope = await handed_over(house)
    other = open_house(house.database)
    decisions = [HandBack("return", "one"), HandBack("resolve", "two")] * 3
    ended = await asyncio.gather(
        *(
            (house, other)[n % 2].handbacks.hand_back(operator(scope), decision)
            for n, decision in enumerate(decisions)
        ),
        return_exceptions=True,
    )
    (won,) = [each for each in ended if isinstance(each, Handoff)]
    assert sum(isinstance(each, Conflict) for each in ended) == 5
    memory = await house.memory(scope)
    assert memory["returned"]["note"] == won.note
    assert (memory["returned"]["action"] == "return") == (won.status == "returned")
    assert [await house.kept(scope, table) for table in MEMORY][::2] == [1, 0]
    notes = [row for row in await house.of(scope, "messages") if row["role"] == "note"]
    assert [note["content"] for note in notes] == [won.note]
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."


async def test_what_people_said_is_in_the_window_afterwards(house: House) -> None:
    scope = visitor()
    async with provided(HandsOver(), never) as provider:
        await open_house(house.database, provider=provider).ask(scope, "My router is on fire", "m1")
    await house.ask(scope, "are you there?", "m2")
    await words_of_an_operator(house, scope, "We send a new one on Monday.")
    await house.handbacks.hand_back(operator(scope), RETURN)
    async with provided(Plain(), never) as provider:
        result = await open_house(house.database, provider=provider).ask(scope, "thanks", "m3")
        (request,) = provider.requests
    assert result["response"] == "Happy to help."
    said = [(m["role"], m["content"]) for m in request.messages[1:]]
    roles = [role for role, _ in said]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    assert said[3] == ("assistant", "We send a new one on Monday.")
    assert said[4] == ("user", "thanks")
    assert "Called her." not in str(said)  # a note is private


async def test_a_failed_turn_can_be_handed_back_without_an_interrupt(house: House) -> None:
    scope = visitor()
    broken = open_house(house.database, operations={"create_ticket": create_ticket})
    result = await broken.ask(scope, "Please open a ticket about the thing")
    assert result["response"] == FAILED
    await house.handbacks.hand_back(operator(scope), RETURN)
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."


async def test_a_failed_turn_after_an_old_interrupt_can_be_handed_back(house: House) -> None:
    """A conversation closed while it waited for people keeps its interrupt in memory."""
    scope = await handed_over(house)
    async with house.database.transaction(ACME) as db:
        await conversations.close(db, scope)
    broken = open_house(house.database, operations={"create_ticket": create_ticket})
    await broken.ask(scope, "Please open a ticket about the thing")
    assert await interrupts(house, scope) == 1
    ended = await house.handbacks.hand_back(operator(scope), RETURN)
    assert (ended.reason, ended.status) == ("data_gap", "returned")
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."
    assert await interrupts(house, scope) == 0


async def test_a_late_decision_is_not_taken_for_another_handoff(house: House) -> None:
    scope = await handed_over(house)
    (first,) = await house.of(scope, "handoffs")
    second = NewHandoff(uuid4(), "legal", ("legal",), "They sue.", "high", None, 300)
    async with house.database.transaction(ACME) as db:
        await conversations.lock_existing(db, scope)
        late = asyncio.create_task(house.handbacks.hand_back(operator(scope), RETURN))
        await asyncio.sleep(0.3)  # it has looked at the first handoff and waits for the row
        await handoffs.close_handoff(db, operator(scope), first["id"], "returned", None)
        await handoffs.open_handoff(db, scope, first["turn_id"], second)
    with pytest.raises(Conflict, match="another handoff"):
        await late
    statuses = {row["id"]: row["status"] for row in await house.of(scope, "handoffs")}
    assert statuses == {first["id"]: "returned", second.id: "pending"}
    assert await interrupts(house, scope) == 1


async def test_messages_to_people_keep_their_outcome_after_the_hand_back(house: House) -> None:
    scope = await handed_over(house)
    waiting = await house.ask(scope, "are you there?", "m2")
    await house.handbacks.hand_back(operator(scope), RETURN)
    await house.quiet()
    again = await outcome(await house.say(scope, "are you there?", "m2"))
    assert again == waiting
    assert await answered_in(house, scope) == {"m2": 1}


async def test_what_nobody_answered_is_answered_after_the_hand_back_once_and_in_order(
    house: House,
) -> None:
    scope = await handed_over(house)
    await house.ask(scope, "is anybody there?", "m1")
    await words_of_an_operator(house, scope, "Yes, I am.")
    await house.ask(scope, "hello there", "m2")
    await house.ask(scope, "Please open a ticket about the thing", "m3")
    await house.handbacks.hand_back(operator(scope), RETURN, "once")
    await house.handbacks.hand_back(operator(scope), RETURN, "once")
    await house.quiet()
    assert await answered_in(house, scope) == {"m1": 0, "m2": 1, "m3": 1}
    said = [words for role, words in await house.history(scope) if role == "assistant"]
    (ticket,) = await house.of(scope, "tickets")
    assert said[1:] == [f"Ticket {ticket['id']} is open."]
    assert (await house.conversation(scope))["owner"] == "ai"


async def test_what_was_written_to_people_survives_a_crash_at_the_hand_back(house: House) -> None:
    scope = await handed_over(house)
    await house.ask(scope, "Please open a ticket about the thing", "m1")
    dying, other = open_house(house.database), open_house(house.database)
    await dying.handbacks.hand_back(operator(scope), RETURN)
    await dying.dies()
    assert await answered_in(house, scope) == {"m1": 0}
    await asyncio.gather(house.take_over(scope), other.turns.recover(ACME, scope.conversation_id))
    assert await answered_in(house, scope) == {"m1": 1}
    assert len(await house.of(scope, "tickets")) == 1


async def test_an_earlier_handoffs_messages_and_those_of_a_closed_matter_are_left(
    house: House,
) -> None:
    scope = await handed_over(house)
    await house.ask(scope, "hello there", "m1")
    await house.handbacks.hand_back(operator(scope), RESOLVE)
    assert (await house.ask(scope, "I want to talk to a human", "m2"))["handoff"]
    await house.handbacks.hand_back(operator(scope), RETURN)
    await house.quiet()
    assert await answered_in(house, scope) == {"m1": 0, "m2": 1}


async def answered_in(house: House, scope: Scope) -> dict[str, int]:
    """In how many finished turns each named message of the customer was."""
    turns = {row["id"] for row in await house.of(scope, "turns") if row["finished_at"]}
    return {
        row["id"]: int(row["turn_id"] in turns)
        for row in await house.of(scope, "messages")
        if row["role"] == "customer" and len(row["id"]) == 2
    }


async def test_a_conversation_goes_to_people_and_back_many_times(house: House) -> None:
    scope = visitor()
    for _ in range(5):
        assert (await house.ask(scope, "I want to talk to a human"))["handoff"]
        await house.handbacks.hand_back(operator(scope), RETURN)
        assert not (await house.ask(scope, "hello there"))["handoff"]
    assert [row["status"] for row in await house.of(scope, "handoffs")] == ["returned"] * 5
    assert await house.kept(scope, "checkpoints") == 1


async def test_the_ai_knows_what_people_noted_and_said_and_the_customer_never_reads_it(
    house: House,
) -> None:
    scope = visitor()
    async with provided(HandsOver(), never) as provider:
        await open_house(house.database, provider=provider).ask(scope, "My router is on fire")
    await words_of_an_operator(house, scope, "We send a new one on Monday.")
    note = HandBack("return", "Refund of 20 promised; do not offer more.")
    await house.handbacks.hand_back(operator(scope), note)
    async with provided(Plain(), never) as provider:
        await open_house(house.database, provider=provider).ask(scope, "thanks a lot")
        request = next(each for each in provider.requests if "create_ticket" in each.tools)
    prompt = str(request.messages[0])
    assert "Refund of 20 promised" in prompt
    assert "We send a new one on" in prompt
    assert "Refund of 20" not in str(request.messages[1:])
    assert "Refund of 20" not in str(
        [words for role, words in await house.history(scope) if role != "note"]
    )


async def test_without_a_model_the_ai_says_what_people_said_instead_of_something_else(
    house: House,
) -> None:
    scope = await handed_over(house)
    await words_of_an_operator(house, scope, "Hi! Your new router arrives on Monday.")
    await house.handbacks.hand_back(operator(scope), RETURN)
    asked = await house.ask(scope, "When does the new router arrive?")
    assert asked["response"] == 'My colleague wrote to you: "Your new router arrives on Monday."'
    promised = await house.ask(scope, "what did your colleague promise me?")
    assert "arrives on Monday" in promised["response"]
    assert (await house.ask(scope, "hello there"))["response"] == "Hello from Acme."


async def test_a_failed_turns_hand_back_is_remembered_too(house: House) -> None:
    scope = visitor()
    broken = open_house(house.database, operations={"create_ticket": create_ticket})
    await broken.ask(scope, "Please open a ticket about the thing")
    await house.handbacks.hand_back(operator(scope), RETURN)
    assert (await house.memory(scope))["returned"] == {"action": "return", "note": "Called her."}


async def test_a_late_decision_is_told_who_was_first_and_when(house: House) -> None:
    scope = await handed_over(house)
    ended = await house.handbacks.hand_back(operator(scope), RESOLVE)
    with pytest.raises(Conflict, match="resolved by operator:1 at") as refused:
        await house.handbacks.hand_back(operator(scope), RETURN)
    assert ended.ended_at
    assert ended.ended_at.isoformat(timespec="seconds") in str(refused.value)
