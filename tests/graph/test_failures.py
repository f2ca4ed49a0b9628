import asyncio

from data.scope import Scope
from evals.models.script import Answer, Call, Reply, Request
from evals.models.scripts import Plain
from graph.ending import FAILED
from tests.graph.held import never, provided
from tests.graph.house import ACME, House, open_house, outcome, visitor
from tests.graph.test_turns import TICKET
from tools.operation import Change, Effect, Operation, operation


@operation(Effect.WRITE, writes=("tickets",))
async def create_ticket(db: object, scope: Scope, subject: str, description: str) -> Change:
    """Break."""
    raise ZeroDivisionError


async def test_a_turn_that_fails_goes_to_people_and_the_customer_is_told(house: House) -> None:
    scope = visitor()
    broken = open_house(house.database, operations={"create_ticket": create_ticket})
    result = await broken.ask(scope, TICKET)
    assert (result["response"], result["handoff"]) == (FAILED, True)
    assert await house.history(scope) == [("customer", TICKET), ("assistant", FAILED)]
    (turn,) = await house.of(scope, "turns")
    assert (turn["status"], turn["attempts"]) == ("failed", 1)
    assert (await house.conversation(scope))["owner"] == "queue"
    (handoff,) = await house.of(scope, "handoffs")
    assert (handoff["status"], handoff["reason"], handoff["priority"]) == (
        "pending",
        "data_gap",
        "high",
    )
    assert TICKET in handoff["summary"]
    assert await house.of(scope, "writes") == []


async def test_a_message_that_kills_its_process_three_times_goes_to_people(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as provider:
        for attempt in (1, 2, 3):
            dying = open_house(house.database, provider=provider)
            if attempt == 1:
                (await dying.say(scope, "hello there", "m1")).close()
                await provider.model.reached()
                running = None
            else:
                await dying.lease_runs_out(scope)
                running = asyncio.create_task(dying.turns.recover(ACME, scope.conversation_id))
                while (await house.of(scope, "turns"))[0]["attempts"] < attempt:
                    await asyncio.sleep(0.01)
            await dying.dies()
            if running:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
        ticket = await house.say(scope, "hello there", "m1")
        await house.take_over(scope)
        result = await outcome(ticket)
    assert result["response"] == FAILED
    (turn,) = await house.of(scope, "turns")
    assert (turn["status"], turn["attempts"]) == ("failed", 4)
    assert (await house.conversation(scope))["owner"] == "queue"


def slow_search(waited: list[str]) -> dict[str, Operation]:
    @operation(Effect.READ)
    async def knowledge_search(scope: Scope, query: str) -> list[str]:
        """Search for ever."""
        waited.append(query)
        await asyncio.sleep(60)
        return []

    return {knowledge_search.name: knowledge_search}


class Searches:
    def answer(self, request: Request) -> Answer:
        return Reply(calls=(Call("knowledge_search", {"query": "the thing"}),))


async def test_a_turn_past_its_deadline_goes_to_people(house: House) -> None:
    scope = visitor()
    waited: list[str] = []
    async with provided(Searches(), never) as provider:
        slow = open_house(
            house.database,
            provider=provider,
            operations=slow_search(waited),
            deadline_s=2,
        )
        async with asyncio.timeout(5):
            result = await slow.ask(scope, "hello there")
    assert waited == ["the thing"]
    assert result["response"] == FAILED
    assert (await house.conversation(scope))["owner"] == "queue"


async def test_a_slow_model_is_not_waited_for_until_the_deadline(house: House) -> None:
    scope = visitor()
    async with provided(Plain()) as provider:
        slow = open_house(house.database, provider=provider, deadline_s=2)
        result = await slow.ask(scope, "hello there")
    assert result["response"] == "Hello from Acme."
