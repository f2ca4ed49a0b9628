"""Whatever a provider's model does, the customer gets a grounded answer or a person."""

import pytest

from agents.model_call import MOST_CALLS
from tests.graph.held import never, provided
from tests.graph.house import House, open_house, visitor
from tests.models.garbage import FAULTS, Garbage
from tests.models.script import Answer, Call, Raw, Reply, Request
from tests.models.scripts import Looping

OFFLINE = "Hello from Acme."
CALLS_FOR_EVER = {"unknown_tool", "broken_arguments", "wrong_arguments"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_garbage_is_answered_offline_or_by_people(house: House, fault: str) -> None:
    scope = visitor()
    async with provided(Garbage((fault,)), never) as provider:
        result = await open_house(house.database, provider=provider).ask(scope, "hello there")
    (turn,) = await house.of(scope, "turns")
    assert turn["status"] in {"answered", "handed_over"}
    if fault == "unfinished":  # looks like an answer, and says nothing that needs a source
        assert result["response"] == "Your order was shi"
    elif fault in CALLS_FOR_EVER:
        assert result["handoff"] or result["response"] == OFFLINE
    else:
        assert result["response"] == OFFLINE


async def test_all_faults_one_after_the_other_end_in_an_answer_or_a_person(house: House) -> None:
    async with provided(Garbage(tuple(FAULTS)), never) as provider:
        asked = open_house(house.database, provider=provider)
        scope = visitor()
        for _ in FAULTS:
            result = await asked.ask(scope, "hello there")
            assert result["response"] or result["handoff"]


@pytest.mark.parametrize(
    "tool", ["create_ticket", "send_reply", "lookup_customer", "get_service_status", "no_such"]
)
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
