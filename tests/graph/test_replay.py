"""A turn whose process died is taken the same way again, and what it wrote is written once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from data import intents
from data.db import Connection
from data.intents import Intent
from data.scope import Scope
from evals.models.script import Answer, Call, Reply, Request, Script, texts
from evals.models.scripts import SlowWriter
from tests.graph.held import Provider, after_tools, never, provided
from tests.graph.house import ACME, House, open_house, visitor
from tools.operation import Change, Effect, Operation, operation

LEAD = {"name": "Ann"}


def ticket(subject: str) -> Call:
    return Call("create_ticket", {"subject": subject, "description": "A thing."})


@dataclass(frozen=True, slots=True)
class Steps:
    """Asks for one round of tools after the other, then says what it has been told to."""

    rounds: Sequence[tuple[Call, ...]]
    last: str = "That is done."
    asked: list[int] = field(default_factory=list)
    """The numbers of the rounds it was asked for."""

    def answer(self, request: Request) -> Answer:
        number = sum(message["role"] == "assistant" for message in request.turn)
        self.asked.append(number)
        if number < len(self.rounds):
            return Reply(calls=self.rounds[number])
        return Reply(text=self.last)


async def die_in_the_model(house: House, scope: Scope, provider: Provider) -> None:
    """A process takes the message and dies while the model is being asked."""
    dying = open_house(house.database, provider=provider)
    (await dying.say(scope, "hello there", "m1")).close()
    await provider.model.reached()
    await dying.dies()


async def answered_by(house: House, scope: Scope, script: Script) -> dict[str, object]:
    """Another process, with another model, finds the turn."""
    async with provided(script, never) as provider:
        await open_house(house.database, provider=provider).take_over(scope)
    (turn,) = await house.of(scope, "turns")
    assert turn["attempts"] == 2
    result: dict[str, object] = turn["result"]
    return result


async def subjects(house: House, scope: Scope) -> list[str]:
    return [str(row["subject"]) for row in await house.of(scope, "tickets")]


async def test_a_write_that_was_done_is_not_done_again_in_other_words(house: House) -> None:
    scope = visitor()
    async with provided(Steps([(ticket("as said first"),)]), after_tools) as provider:
        await die_in_the_model(house, scope, provider)
    assert await subjects(house, scope) == ["as said first"]
    second = Steps([(ticket("as said later"),)])
    result = await answered_by(house, scope, second)
    assert await subjects(house, scope) == ["as said first"]
    assert result["response"] == "That is done."
    assert second.asked == [1]


async def test_random_call_ids_write_once(house: House) -> None:
    scope = visitor()
    writer = SlowWriter(arguments={"subject": "{message}", "description": "A thing."}, delay_s=0)
    async with provided(writer, after_tools) as provider:
        await die_in_the_model(house, scope, provider)
    await answered_by(house, scope, writer)
    assert await subjects(house, scope) == ["hello there"]
    assert len(await house.of(scope, "writes")) == 1


def never_done(reached: asyncio.Event) -> dict[str, Operation]:
    @operation(Effect.WRITE, writes=("tickets",))
    async def create_ticket(db: Connection, scope: Scope, subject: str, description: str) -> Change:
        """Stand still before anything is written."""
        reached.set()
        await asyncio.sleep(60)
        return Change(None, None)

    return {create_ticket.name: create_ticket}


async def test_what_was_journaled_but_not_done_is_done_as_it_was_said(house: House) -> None:
    scope = visitor()
    reached = asyncio.Event()
    async with provided(Steps([(ticket("as said first"),)]), never) as provider:
        dying = open_house(house.database, provider=provider, operations=never_done(reached))
        (await dying.say(scope, "hello there")).close()
        await reached.wait()
        await dying.dies()
    assert await subjects(house, scope) == []
    await answered_by(house, scope, Steps([(ticket("as said later"),)]))
    assert await subjects(house, scope) == ["as said first"]


async def test_a_model_that_takes_a_shorter_way_the_second_time_writes_once(house: House) -> None:
    """It looked something up before it wrote; now it would write at once."""
    scope = visitor()
    search = Call("lookup_customer", {"email": "a@b.example"})
    async with provided(Steps([(search,), (ticket("first"),)]), second_round) as provider:
        await die_in_the_model(house, scope, provider)
    assert await subjects(house, scope) == ["first"]
    await answered_by(house, scope, Steps([(ticket("second"),)]))
    assert await subjects(house, scope) == ["first"]


def second_round(request: Request) -> bool:
    return len(texts(request.turn, "tool")) == 2


async def test_writes_of_several_rounds_and_positions_are_all_done_once(house: House) -> None:
    scope = visitor()
    first = Steps([(ticket("a"), ticket("b")), (ticket("c"),)])
    async with provided(first, lambda r: len(texts(r.turn, "tool")) == 3) as provider:
        await die_in_the_model(house, scope, provider)
    await answered_by(house, scope, Steps([(ticket("d"),), (ticket("e"), ticket("f"))]))
    assert sorted(await subjects(house, scope)) == ["a", "b", "c"]


async def test_a_model_that_asks_in_another_order_the_second_time_writes_once(
    house: House,
) -> None:
    scope = visitor()
    lead = Call("create_lead", {"name": "Bo"})
    passed = Call("transfer_to_specialist", {"specialist": "leads", "reason": "They buy."})
    first = Steps([(ticket("a"), ticket("b"), ticket("c")), (passed,), (lead,)])
    async with provided(first, lambda r: '"Bo"' in str(texts(r.turn, "tool"))) as provider:
        await die_in_the_model(house, scope, provider)
    await answered_by(house, scope, Steps([(lead, ticket("C")), (ticket("B"), ticket("A"))]))
    assert sorted(await subjects(house, scope)) == ["a", "b", "c"]
    assert len(await house.rows("DELETE FROM leads WHERE name = 'Bo' RETURNING id")) == 1
    made = await house.of(scope, "writes")
    assert sorted(row["operation"] for row in made) == ["create_lead", *["create_ticket"] * 3]
    assert all(row["after"]["id"] and row["actor"].startswith("customer_ai/") for row in made)
    assert {row["turn_id"] for row in made} == {(await house.of(scope, "turns"))[0]["id"]}


async def test_the_same_words_twice_in_one_round_are_two_writes(house: House) -> None:
    scope = visitor()
    steps = Steps([(ticket("a"), ticket("a"))])
    async with provided(steps, never) as provider:
        await open_house(house.database, provider=provider).ask(scope, "hello there")
    assert await subjects(house, scope) == ["a", "a"]


async def test_a_transfer_before_a_write_is_taken_again(house: House) -> None:
    scope = visitor()
    transfer = Call("transfer_to_specialist", {"specialist": "leads", "reason": "They buy."})
    lead = Call("create_lead", LEAD)
    async with provided(Steps([(transfer,), (lead,)]), after_lead) as provider:
        await die_in_the_model(house, scope, provider)
    result = await answered_by(house, scope, Steps([(ticket("second"),)]))
    assert await subjects(house, scope) == []
    assert len(await house.rows("SELECT FROM leads WHERE name = 'Ann'")) == 1
    assert result["specialist"] == "leads"
    assert result["tool_calls"] == ["create_lead"]
    await house.rows("DELETE FROM leads RETURNING id")


def after_lead(request: Request) -> bool:
    return any("lead_id" in text or '"name"' in text for text in texts(request.turn, "tool"))


@pytest.mark.parametrize("understood", ["leads", "general"])
async def test_who_had_begun_to_write_goes_on_however_the_message_is_understood_now(
    house: House, understood: str
) -> None:
    """Only `leads` can write down a lead; a repeated turn may be routed to somebody else."""
    scope = visitor()
    await _greetings_are_for("leads", house)
    try:
        async with provided(Steps([(Call("create_lead", LEAD),)]), after_lead) as provider:
            await die_in_the_model(house, scope, provider)
        await _greetings_are_for(understood, house)
        result = await answered_by(house, scope, Steps([(ticket("second"),)]))
    finally:
        await _greetings_are_for("general", house)
    assert result["specialist"] == "leads"
    assert result["tool_calls"] == ["create_lead"]
    assert await subjects(house, scope) == []
    assert len(await house.rows("DELETE FROM leads WHERE name = 'Ann' RETURNING id")) == 1


async def _greetings_are_for(specialist: str, house: House) -> None:
    known = Intent("greeting", specialist, account=False, description="", keywords=[])
    async with house.database.transaction(ACME) as db:
        await intents.put_intents(db, ACME, [known])


async def test_a_replayed_write_is_told_the_first_result(house: House) -> None:
    scope = visitor()
    writer = SlowWriter(arguments={"subject": "{message}", "description": "A thing."}, delay_s=0)
    async with provided(writer, after_tools) as provider:
        await die_in_the_model(house, scope, provider)
    result = await answered_by(house, scope, writer)
    (row,) = await house.of(scope, "tickets")
    assert str(row["id"]) in str(result["response"])


async def test_a_turn_without_writes_keeps_no_journal(house: House) -> None:
    scope = visitor()
    async with provided(
        Steps([(Call("lookup_customer", {"email": "a@b.example"}),)]), never
    ) as provider:
        await open_house(house.database, provider=provider).ask(scope, "hello there")
    (turn,) = await house.of(scope, "turns")
    journal = "SELECT FROM turn_rounds WHERE turn_id = %(id)s"
    assert await house.rows(journal, id=turn["id"]) == []


async def test_without_a_model_the_journal_is_replayed_by_the_offline_engine(
    house: House,
) -> None:
    scope = visitor()
    async with provided(Steps([(ticket("as said first"),)]), after_tools) as provider:
        await die_in_the_model(house, scope, provider)
    await house.take_over(scope)
    assert await subjects(house, scope) == ["as said first"]
    (turn,) = await house.of(scope, "turns")
    assert turn["status"] in {"answered", "handed_over"}
