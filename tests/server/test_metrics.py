"""A provider's bad day, seen from outside: answers, counts, health and the check-up."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from agents.breaker import FAILURES
from evals.models.garbage import Garbage
from evals.models.server import serve
from server.checkup.finding import Level
from server.checkup.models import check_models
from tests.served import Served, served

ASKED = "Please write me a short poem about my contract."
TURNS = FAILURES + 1


@pytest.fixture(scope="module")
async def server(seeded_url: str, data_dir: Path) -> AsyncIterator[Served]:
    async with serve(Garbage(("server_error",))) as model:
        settings = {"LLM_BASE_URL": model.url, "LLM_MODEL": "scripted", "LLM_API_KEY": "sk-test-1"}
        async with served(seeded_url, data_dir, settings) as running:
            yield running


async def test_a_failing_model_is_counted_left_alone_and_costs_nobody_an_answer(
    server: Served,
) -> None:
    async with server.client() as http:
        assert "llm_fallback_requests_total{" not in (await http.get("/metrics")).text
        for _ in range(TURNS):
            answer = (await http.post("/v1/chat", json={"message": ASKED})).json()
            assert answer["response"] or answer["handoff"]
        async with httpx.AsyncClient(base_url=server.url) as anybody:
            counted = (await anybody.get("/metrics")).text
            health = (await anybody.get("/v1/health?detailed=true")).json()
    labels = 'model="openai/scripted",reason='
    assert f'llm_fallback_requests_total{{{labels}"server_error"}} {FAILURES}.0' in counted
    assert f'{labels}"circuit_open"}}' in counted
    assert 'llm_circuit_open{model="openai/scripted"} 1.0' in counted
    assert health["breakers"] == {"openai/scripted": "open"}
    port = int(server.url.rpartition(":")[2])
    seen = server.settings.model_copy(update={"port": port})
    findings = await asyncio.to_thread(lambda: list(check_models(seen)))
    assert findings[-1].level is Level.WARN
    assert "openai/scripted failed again and again" in findings[-1].says
