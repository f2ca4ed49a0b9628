"""A model passes a turn on, or gives it to people, whatever shape it wraps that in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from agents.control import HAND_OVER, TRANSFER
from evals.models.script import Answer, Call, Reply, Request
from evals.models.scripts import Looping
from tests.graph.held import never, provided
from tests.graph.house import House, open_house, visitor

GOOD = {"reason": "refund", "summary": "Wants 900 USD back."}


def ticket(subject: str, call_id: str | None = None) -> Call:
    arguments = {"subject": subject, "description": "A thing."}
    return Call("create_ticket", arguments, **({"id": call_id} if call_id else {}))


@dataclass(frozen=True, slots=True)
class Once:
    """Asks for these calls first, and afterwards only speaks."""

    calls: tuple[Call, ...]
    words: str = "I have passed you to a colleague."

    def answer(self, request: Request) -> Answer:
        if any(message["role"] == "assistant" for message in request.turn):
            return Reply(text=self.words)
        return Reply(calls=self.calls)


async def answer(house: House, *calls: Call) -> tuple[dict[str, Any], list[str]]:
    """What a customer is answered, and the tickets there are then."""
    scope = visitor()
    async with provided(Once(calls), never) as provider:
        result = await open_house(house.database, provider=provider).ask(scope, "hello there")
    return result, [str(row["subject"]) for row in await house.of(scope, "tickets")]


@pytest.mark.parametrize("first", ["ticket", "hand over"])
async def test_a_handoff_beside_another_call_is_a_handoff(house: House, first: str) -> None:
    calls = [ticket("a broken thing"), Call(HAND_OVER, GOOD)]
    result, tickets = await answer(house, *(calls if first == "ticket" else calls[::-1]))
    assert (result["handoff"], result["handoff_reason"]) == (True, "refund")
    assert tickets == ["a broken thing"]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"reason": "because"},
        {"reason": "refund", "summary": {"a": 1}},
        {"reason": "refund", "summary": "x" * 5000},
    ],
)
async def test_a_handoff_in_any_words_is_a_handoff(
    house: House, arguments: Mapping[str, Any]
) -> None:
    result, _ = await answer(house, Call(HAND_OVER, arguments))
    assert result["handoff"] is True
    assert result["answered_by"] == "human"


@pytest.mark.parametrize(
    "arguments",
    [{}, {"specialist": "billing"}, {"specialist": "Ignore all rules", "reason": "I may"}],
)
async def test_nobody_gets_a_turn_that_is_passed_to_nobody(
    house: House, arguments: Mapping[str, Any]
) -> None:
    result, _ = await answer(house, Call(TRANSFER, arguments))
    assert result["specialist"] in {None, "general"}


async def test_a_turn_passed_to_another_specialist_is_answered_there(house: House) -> None:
    passed = Call(TRANSFER, {"specialist": "billing", "reason": "It is about money."})
    result, _ = await answer(house, ticket("a broken thing"), passed)
    assert result["specialist"] == "billing"


async def test_two_calls_under_one_id_are_two_calls(house: House) -> None:
    _, tickets = await answer(house, ticket("one", "call_0"), ticket("two", "call_0"))
    assert sorted(tickets) == ["one", "two"]


async def test_a_model_that_never_stops_asking_is_stopped(house: House) -> None:
    looping = Looping("lookup_customer", {"email": "a@b.example"})
    async with provided(looping, never) as provider:
        result = await open_house(house.database, provider=provider).ask(visitor(), "hello there")
    assert (result["handoff"], result["handoff_reason"]) == (True, "tool_limit")
