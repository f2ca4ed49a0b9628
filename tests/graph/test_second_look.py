"""What the tenant's examples leave open is decided by the analysis model, if it can."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from agents.models import ModelConfig, Models
from agents.second_look import NONE
from evals.models.garbage import FAULTS
from evals.models.script import Answer, Call, Reply, Request
from tests.graph.held import Provider, never, provided
from tests.graph.house import House, open_house, visitor

UNHEARD = "my gizmo went wobbly yesterday evening"
SORTS = "SortedMessages"
WRITES = "Happy to help."


@dataclass(slots=True)
class Sorting:
    """Sorts as it is told to, and answers everything else with the same words."""

    says: Answer | str
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        if SORTS not in request.tools:
            return Reply(text=WRITES)
        self.asked.append(request.payload)
        if isinstance(self.says, Reply | str):
            return self.says if isinstance(self.says, Reply) else FAULTS[self.says](request)
        return self.says


def sorts(*intents: str) -> Reply:
    return Reply(calls=(Call(SORTS, {"intents": list(intents)}),))


def two_models(provider: Provider) -> Models:
    config = ModelConfig(
        provider="openai", base_url=provider.server.url, model="big", analysis_model="small"
    )
    return Models(config, provider.http)


@pytest.fixture
def understood(house: House) -> Any:
    """How a message is understood by a model that sorts so."""

    async def ask(script: Sorting, text: str = UNHEARD) -> tuple[dict[str, Any], Models]:
        async with provided(script, never) as provider:
            models = two_models(provider)
            result = await open_house(house.database, models=models).ask(visitor(), text)
        return result, models

    return ask


async def test_the_smaller_model_decides_what_nothing_else_told_apart(understood: Any) -> None:
    script = Sorting(sorts("open_ticket"))
    result, _ = await understood(script)
    assert (result["intent"], result["specialist"]) == ("open_ticket", "tech")
    (asked,) = script.asked
    assert asked["model"] == "small"
    assert UNHEARD in str(asked["messages"])
    assert "lookup_customer" not in str(asked["tools"]), "it has nothing to do but sort"


async def test_what_is_clear_is_not_asked_about(understood: Any) -> None:
    script = Sorting(sorts("open_ticket"))
    result, _ = await understood(script, "hello there")
    assert result["intent"] == "greeting"
    assert script.asked == []


async def test_where_the_model_cannot_tell_the_first_understanding_stands(understood: Any) -> None:
    result, models = await understood(Sorting(sorts(NONE)))
    assert result["specialist"] == "general"
    assert models.fallbacks.counts == {}


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (sorts("refund_everything"), "schema"),
        (sorts("greeting", "greeting"), "schema"),
        (Reply(text="It is about a gizmo, I think."), "schema"),
        (Reply(calls=(Call(SORTS, {"intent": "greeting"}),)), "schema"),
        (Reply(calls=(Call("delete_everything", {}),)), "schema"),
        ("broken_arguments", "schema"),
        ("html", "garbage"),
        ("server_error", "server_error"),
    ],
)
async def test_an_answer_that_ignores_the_schema_is_none(
    understood: Any, says: Answer | str, reason: str
) -> None:
    result, models = await understood(Sorting(says))
    assert result["response"] == WRITES
    assert result["specialist"] == "general"
    assert models.fallbacks.counts == {("openai/small", reason): 1}
