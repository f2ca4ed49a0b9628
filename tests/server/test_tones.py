"""A tenant's own tones and guardrails, changed while the assistant works."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from evals.models.script import texts
from evals.models.scripts import Plain
from evals.models.server import ModelServer, serve
from tests.served import Served, served
from tests.server.callers import OTHER_TENANT, Callers, problem

OWN: dict[str, Any] = {
    "tones": {"friendly": "Say ahoy to everybody."},
    "guardrails": ["Never speak of the kraken."],
    "acute": ["kraken*"],
}
PLEASE = "Please write me a short poem about my contract."


@pytest.fixture(scope="module")
async def model() -> AsyncIterator[ModelServer]:
    async with serve(Plain()) as running:
        yield running


@pytest.fixture(scope="module")
async def server(seeded_url: str, data_dir: Path, model: ModelServer) -> AsyncIterator[Served]:
    settings = {"LLM_BASE_URL": model.url, "LLM_MODEL": "scripted", "LLM_API_KEY": "sk-test-1"}
    async with served(seeded_url, data_dir, settings) as running:
        yield running


@pytest.fixture
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http
        await http.delete("/v1/tones")


async def prompt_for(http: httpx.AsyncClient, model: ModelServer, message: str) -> str:
    """What the model is told before it answers."""
    asked = len(model.requests)
    assert (await http.post("/v1/chat", json={"message": message})).status_code == 200
    answered = next(each for each in model.requests[asked:] if "create_ticket" in each.tools)
    return "".join(texts(answered.messages, "system"))


async def test_what_a_tenant_says_is_in_the_next_prompt_and_nobody_elses(
    admin: httpx.AsyncClient, callers: Callers, model: ModelServer
) -> None:
    shown = (await admin.put("/v1/tones", json=OWN)).json()
    assert shown["own"]["guardrails"] == OWN["guardrails"]
    assert shown["tones"]["friendly"] == "Say ahoy to everybody."
    assert shown["guardrails"][-1] == "Never speak of the kraken."
    prompt = await prompt_for(admin, model, PLEASE)
    assert "Say ahoy" in prompt
    assert "- Never speak of the kraken." in prompt
    assert "Be precise" in await prompt_for(admin, model, f"{PLEASE} Krakens!")
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as other:
        assert (await other.get("/v1/tones")).json()["own"]["guardrails"] == []
    assert (await admin.delete("/v1/tones")).json()["own"]["guardrails"] == []
    assert "kraken" not in await prompt_for(admin, model, PLEASE)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tones": {"pirate": "Arr."}}, "pirate"),
        ({"guardrails": [""]}, "guardrails"),
        ({"acute": ["(a+)+$"]}, "acute"),
        ({"tones": {"friendly": "x" * 1001}}, "friendly"),
    ],
)
async def test_what_no_prompt_could_use_is_refused_by_its_name(
    admin: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    assert field in str(problem(await admin.put("/v1/tones", json=body), 422))
    assert (await admin.get("/v1/tones")).json()["own"]["acute"] == []
