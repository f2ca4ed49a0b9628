"""Whatever a provider's model does, the customer gets a grounded answer or a person."""

import asyncio

import httpx2
import pytest

from agents.breaker import FAILURES
from agents.model_call import MOST_CALLS
from agents.models import ModelConfig, Models
from evals.models.garbage import FAULTS, RETRY_AFTER_S, SILENCE, Garbage, rate_limited
from evals.models.script import Answer, Call, Raw, Reply, Request
from evals.models.scripts import Looping
from tests.graph.held import never, provided
from tests.graph.house import House, open_house, visitor

OFFLINE = "Hello from Acme."
COUNTED = {
    "html": "garbage",
    "broken_json": "garbage",
    "unknown_tool": "unknown_tool",
    "broken_arguments": "garbage",
    "wrong_arguments": "tool_limit",
    "no_choices": "garbage",
    "cut": "unreachable",
    "unfinished": "unfinished",
    "rate_limited": "rate_limited",
    "server_error": "server_error",
    "too_long": "too_long",
    "wrong_shape": "garbage",
    SILENCE: "timeout",
}
DEADLINE_S = 5.0  # of which the model gets the first half; the silence is longer than all of it


@pytest.mark.parametrize(("fault", "reason"), COUNTED.items(), ids=COUNTED)
async def test_garbage_is_answered_offline_or_by_people_in_time_and_counted(
    house: House, fault: str, reason: str
) -> None:
    scope = visitor()
    async with provided(Garbage((fault,)), never) as provider:
        asked = open_house(house.database, provider=provider, deadline_s=DEADLINE_S)
        result = await asked.ask(scope, "hello there")
    (turn,) = await house.of(scope, "turns")
    if reason == "tool_limit":
        assert (turn["status"], result["handoff_reason"]) == ("handed_over", "tool_limit")
    else:
        assert (turn["status"], result["response"]) == ("answered", OFFLINE)
    assert asked.models.fallbacks.counts == {("openai/scripted", reason): 1}


def test_every_fault_is_in_the_table() -> None:
    assert COUNTED.keys() == {*FAULTS, SILENCE}


async def test_where_nobody_listens_the_offline_engine_answers(house: House) -> None:
    nowhere = ModelConfig(provider="openai", base_url="http://127.0.0.1:1/v1", model="gone")
    async with httpx2.AsyncClient() as http:
        asked = open_house(house.database, models=Models(nowhere, http))
        assert (await asked.ask(visitor(), "hello there"))["response"] == OFFLINE
    assert asked.models.fallbacks.counts == {("openai/gone", "unreachable"): 1}


class Recovering:
    """Too busy at first, then well."""

    def __init__(self) -> None:
        self.asked = 0

    def answer(self, request: Request) -> Answer:
        self.asked += 1
        return rate_limited(request) if self.asked == 1 else Reply(text="Happy to help.")


async def test_a_model_that_asked_for_a_pause_gets_it_and_is_asked_again_afterwards(
    house: House,
) -> None:
    script = Recovering()
    async with provided(script, never) as provider:
        asked = open_house(house.database, provider=provider)
        (breaker,) = asked.models.breakers.values()
        for _ in range(2):
            assert (await asked.ask(visitor(), "hello there"))["response"] == OFFLINE
        assert (script.asked, breaker.state) == (1, "open")
        await asyncio.sleep(RETRY_AFTER_S)
        assert breaker.state == "half_open"
        assert (await asked.ask(visitor(), "hello there"))["response"] == "Happy to help."
        assert (script.asked, breaker.state) == (2, "closed")
    assert asked.models.fallbacks.counts == {
        ("openai/scripted", "rate_limited"): 1,
        ("openai/scripted", "circuit_open"): 1,
    }


async def test_a_model_that_fails_again_and_again_is_left_alone(house: House) -> None:
    async with provided(Garbage(("server_error",)), never) as provider:
        asked = open_house(house.database, provider=provider)
        for _ in range(FAILURES + 2):
            assert (await asked.ask(visitor(), "hello there"))["response"] == OFFLINE
    assert len(provider.requests) == FAILURES


async def test_all_faults_one_after_the_other_end_in_an_answer_or_a_person(house: House) -> None:
    async with provided(Garbage(tuple(FAULTS)), never) as provider:
        asked = open_house(house.database, provider=provider)
        scope = visitor()
        for _ in FAULTS:
            result = await asked.ask(scope, "hello there")
            assert result["response"] or result["handoff"]


@pytest.mark.parametrize("tool", ["create_ticket", "send_reply", "lookup_customer"])
async def test_a_model_that_asks_for_one_tool_for_ever_ends_with_people(
    house: House, tool: str
) -> None:
    scope = visitor()
    async with provided(Looping(tool, {"subject": "x"}), never) as provider:
        result = await open_house(house.database, provider=provider).ask(scope, "hello there")
    assert (result["handoff"], result["handoff_reason"]) == (True, "tool_limit")
    assert len(provider.requests) == 6


class Nothing:
    """Says nothing and asks for nothing, politely."""

    def answer(self, request: Request) -> Answer:
        return Reply(text=" \n")


async def test_an_empty_answer_is_none(house: House) -> None:
    async with provided(Nothing(), never) as provider:
        result = await open_house(house.database, provider=provider).ask(visitor(), "hello there")
    assert result["response"] == OFFLINE


class Gushing:
    """Asks for more calls in a round than anybody needs, then is gone."""

    def answer(self, request: Request) -> Answer:
        if any(message["role"] == "tool" for message in request.turn):
            return Raw(status=500)
        call = {"subject": "x", "description": "y"}
        return Reply(calls=tuple(Call("create_ticket", call) for _ in range(200)))


async def test_a_round_has_only_so_many_calls(house: House) -> None:
    scope = visitor()
    async with provided(Gushing(), never) as provider:
        await open_house(house.database, provider=provider).ask(scope, "hello there")
    assert len(await house.of(scope, "tickets")) == MOST_CALLS
