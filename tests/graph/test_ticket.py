import asyncio
import gc
from typing import Any

from evals.models.scripts import Plain
from graph.events import MOST_PENDING, Event, Events
from tests.graph.held import never, provided
from tests.graph.house import House, open_house, outcome, visitor
from tests.graph.test_turns import TICKET, HandsOver


async def test_events_are_steps_tools_and_text_and_then_the_result(house: House) -> None:
    scope = visitor()
    ticket = await house.say(scope, TICKET)
    events = [event async for event in ticket.events()]
    steps = [event["name"] for event in events if event["event"] == "step"]
    assert steps == ["enrich", "classify", "tech", "review", "reply"]
    assert {"event": "tool", "name": "create_ticket"} in events
    result: dict[str, Any] = events[-1]["result"]
    text = "".join(event["content"] for event in events if event["event"] == "text")
    assert text == result["response"]
    assert [event["event"] for event in events].count("result") == 1


async def test_a_handoff_tells_its_state_before_the_result(house: House) -> None:
    async with provided(HandsOver(), never) as provider:
        ticket = await open_house(house.database, provider=provider).say(visitor(), "hello")
        events = [event async for event in ticket.events()]
    assert events[-2] == {"event": "state", "owner": "queue", "reason": "legal"}
    assert events[-1]["result"]["handoff"] is True


async def test_an_outcome_made_by_another_process_is_found_in_the_database(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as provider:
        busy = open_house(house.database, provider=provider)
        first = await busy.say(scope, "hello there", "m1")
        await provider.model.reached()
        elsewhere = await house.say(scope, "and another thing", "m2")  # not run by this process
        waiting = asyncio.create_task(outcome(elsewhere))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        provider.model.let_go()
        await outcome(first)
        assert (await waiting)["response"] == "As I just wrote: Happy to help."
        await busy.quiet()
    assert await outcome(await house.say(scope, "hello there", "m1")) != await waiting


async def test_a_message_to_people_has_its_outcome_at_once(house: House) -> None:
    scope = visitor()
    await house.ask(scope, "I want to talk to a human")
    async with asyncio.timeout(0.5):
        result = await outcome(await house.say(scope, "hello?"))
    assert result["answered_by"] == "human"


async def test_events_of_other_messages_are_not_heard(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as provider:
        busy = open_house(house.database, provider=provider)
        first = await busy.say(scope, "hello there", "m1")
        await provider.model.reached()
        second = await busy.say(scope, "and another thing", "m2")
        provider.model.let_go()
        heard = [event async for event in second.events()]
        own = [event async for event in first.events()]
    results = [e["result"]["reply_id"] for e in (own[-1], heard[-1])]
    assert len(set(results)) == 2
    assert [event["event"] for event in heard].count("result") == 1
    (start,) = [n for n, e in enumerate(heard) if e.get("name") == "enrich"]
    assert start == 0  # nothing of the turn before


async def test_nobody_listens_when_everybody_has_an_answer(house: House) -> None:
    scope = visitor()
    assert (await house.ask(scope, "hello there"))["response"]
    (await house.say(scope, "hello there")).close()
    ticket = await house.say(scope, "hello there")
    async for _ in ticket.events():
        break
    ticket.close()
    ticket.close()
    await house.quiet()
    assert len(house.events) == 0


async def test_a_caller_who_goes_before_the_first_event_leaves_no_listener(house: House) -> None:
    never_begun = (await house.say(visitor(), "hello there")).events()
    del never_begun
    gc.collect()
    assert len(house.events) == 0
    await house.quiet()


async def test_a_caller_who_gives_up_leaves_no_listener_and_the_turn_goes_on(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as provider:
        busy = open_house(house.database, provider=provider)
        waiting = asyncio.create_task(outcome(await busy.say(scope, "hello there")))
        await provider.model.reached()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert len(busy.events) == 0
        provider.model.let_go()
        await busy.quiet()
    assert [role for role, _ in await house.history(scope)] == ["customer", "assistant"]


def test_a_slow_listener_loses_events_but_stops_nobody() -> None:
    events = Events()
    queue = events.subscribe("acme:1")
    for n in range(MOST_PENDING + 5):
        events.tell("acme:1", Event(frozenset({"m"}), {"n": n}))
    events.tell("acme:2", Event(frozenset({"m"}), {"n": 0}))
    assert queue.qsize() == MOST_PENDING
    events.unsubscribe("acme:1", queue)
    events.unsubscribe("acme:1", queue)
    events.tell("acme:1", Event(frozenset({"m"}), {"n": 0}))
    assert (len(events), queue.qsize()) == (0, MOST_PENDING)


async def test_a_listener_that_lost_the_result_still_gets_it(house: House) -> None:
    scope = visitor()
    ticket = await house.say(scope, "hello there")
    for n in range(MOST_PENDING):
        house.events.tell(scope.thread_id, Event(frozenset({"another"}), {"event": "step", "n": n}))
    assert (await outcome(ticket))["response"] == "Hello from Acme."
