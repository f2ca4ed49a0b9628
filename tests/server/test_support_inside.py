"""What must never leave through `/support`, and what a client's leaving must not stop.

A scripted model behind real HTTP serves here, so there are prompts that could leak.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.db import Database
from evals.models.script import texts
from evals.models.scripts import Plain
from evals.models.server import ModelServer, serve
from tests.served import Served, served
from tests.server.callers import ALICE, Callers, by, history, on, says, thread

ASKED = "Please write me a short poem about my contract."
SAID = "Happy to help with that."
DELAY_S = 0.6
STREAMS = ["stream", "stream_events", "stream_log"]


@pytest.fixture(scope="module")
async def model() -> AsyncIterator[ModelServer]:
    async with serve(Plain(SAID, DELAY_S)) as running:
        yield running


@pytest.fixture(scope="module")
async def server(seeded_url: str, data_dir: Path, model: ModelServer) -> AsyncIterator[Served]:
    settings = {"LLM_BASE_URL": model.url, "LLM_MODEL": "scripted", "LLM_API_KEY": "sk-test-1234"}
    async with served(seeded_url, data_dir, settings) as running:
        yield running


def prompts(model: ModelServer) -> set[str]:
    """What the model was told in confidence: each longer sentence of each system prompt."""
    told = {text for request in model.requests for text in texts(request.messages, "system")}
    lines = {line.strip() for text in told for line in text.splitlines()}
    found = {line for line in lines if len(line) > 30}
    assert found, "the model was not asked"
    return found


@pytest.mark.parametrize("door", ["invoke", "batch", *STREAMS])
async def test_no_prompt_no_state_and_no_secret_leaves(
    callers: Callers, model: ModelServer, door: str
) -> None:
    body: dict[str, Any] = {"input": says(ASKED), "config": on(thread())}
    if door == "batch":
        body = {"inputs": [says(ASKED)], "config": on(thread())}
    async with callers.http(await callers.customer(ALICE)) as http:
        found = await http.post(f"/support/{door}", json=body)
    assert found.status_code == 200
    for line in prompts(model):
        assert line not in found.text
        assert json.dumps(line)[1:-1] not in found.text
    inside = ("sk-test", "customer_context", "understanding", "evidence", "lease", "checkpoint")
    for word in (*inside, "Principal(", "Services(", "token_secret", "memory"):
        assert word not in found.text
    if door != "stream_events":
        assert SAID in found.text


async def test_what_an_article_answers_is_not_asked_of_the_model(
    callers: Callers, model: ModelServer
) -> None:
    async with callers.http(callers.admin) as http, asyncio.timeout(60):
        while not (await http.get("/readyz")).json()["embedding"]:
            await asyncio.sleep(0.2)
        asked = len(model.requests)
        for question in ("cant pair my headphones with my phone", "wifi upstairs is terrible"):
            answer = (await http.post("/v1/chat", json={"message": question})).json()
            assert (answer["answered_by"], answer["match_level"]) == ("knowledge", "semantic")
            assert answer["sources"][0]["score"] >= 0.6
        assert len(model.requests) == asked
        answer = (await http.post("/v1/chat", json={"message": ASKED})).json()
    assert (answer["answered_by"], answer["match_level"]) == ("model", "model")
    assert answer["response"] == SAID


async def test_the_developers_streams_carry_our_own_events_only(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        body = {"input": says(ASKED), "config": on(thread())}
        log = await http.post("/support/stream_log", json=body)
        events = await http.post("/support/stream_events", json=body)
    added = [op for chunk in data_of(log) for op in chunk["ops"]]
    ours = [op["value"] for op in added if op["path"] == "/streamed_output/-"]
    assert ours[-1]["event"] == "result"
    assert {event["event"] for event in ours} <= {"step", "tool", "text", "state", "result"}
    for event in data_of(events):
        assert event["event"] in {"on_chain_start", "on_chain_stream", "on_chain_end"}
        assert event["name"] in {"support", "/support"}


@pytest.mark.parametrize("door", STREAMS)
async def test_a_client_that_leaves_in_mid_stream_loses_nothing(
    callers: Callers, door: str
) -> None:
    name = thread()
    body = {"input": says(ASKED), "config": on(name)}
    async with (
        callers.http(callers.admin) as http,
        http.stream("POST", f"/support/{door}", json=body) as response,
    ):
        assert response.status_code == 200
        async for line in response.aiter_lines():
            if line.startswith("data") and ("enrich" in line or "stream_" in door):
                break
    assert await until_answered(callers, name) == [SAID]


async def test_a_client_that_leaves_before_the_answer_loses_nothing(callers: Callers) -> None:
    name = thread()
    for door in ("/support/invoke", "/v1/chat"):
        body: Any = {"message": ASKED, "conversation_id": name}
        if "support" in door:
            body = {"input": says(ASKED), "config": on(name)}
        async with callers.http(callers.admin) as http:
            with pytest.raises(httpx.ReadTimeout):
                await http.post(door, json=body, timeout=DELAY_S / 2)
    async with asyncio.timeout(20):
        while by(await history(callers, name), "customer") != [ASKED, ASKED]:
            await asyncio.sleep(0.05)
    answers = await until_answered(callers, name, 2)
    assert [SAID in answer for answer in answers] == [True, True]


async def test_messages_that_come_while_one_is_answered_are_answered_together(
    callers: Callers, rows: Database
) -> None:
    name = thread()
    remote = callers.remote(callers.admin)
    first = asyncio.create_task(remote.ainvoke(says(ASKED), on(name)))
    await asyncio.sleep(DELAY_S / 2)
    later = await remote.abatch([says("And two"), says("and three")], on(name))
    assert (await first)["reply_id"] != later[0]["reply_id"]
    assert later[0]["reply_id"] == later[1]["reply_id"]
    assert by(await history(callers, name), "customer") == [ASKED, "And two", "and three"]


async def test_the_doors_for_developers_are_there_in_dev(callers: Callers) -> None:
    async with callers.http() as http:
        page = await http.get("/support/playground/")
        assert page.status_code == 200
        for path in ("/support/c/N4XyA/invoke", "/support/c/N4XyA/stream_events"):
            assert (await http.post(path, json={"input": says(ASKED)})).status_code == 404
        for path in ("../../app.py", "%2e%2e/%2e%2e/app.py", "assets", "no/such/file"):
            found = await http.get(f"/support/playground/{path}")
            assert found.status_code in {404, 422}, (path, found.text[:200])


async def test_outside_dev_they_are_not(seeded_url: str, data_dir: Path) -> None:
    key = "a-key-for-staging-0123456789"
    settings = {"ENV": "staging", "JWT_SECRET_KEY": "s" * 40, "API_KEYS": key}
    async with (
        served(seeded_url, data_dir, settings) as running,
        httpx.AsyncClient(base_url=running.url, headers={"x-api-key": key}, timeout=60) as http,
    ):
        body = {"input": says(ASKED)}
        assert (await http.post("/support/invoke", json=body)).status_code == 200
        for door in ("stream_events", "stream_log", "c/N4XyA/invoke", "c/N4XyA/stream"):
            assert (await http.post(f"/support/{door}", json=body)).status_code == 404
        for door in ("playground/", "playground/index.html", "c/N4XyA/playground/"):
            assert (await http.get(f"/support/{door}")).status_code == 404
        shown = (await http.get("/openapi.json")).json()["paths"]
        assert [path for path in shown if "stream_" in path] == []
        http.headers.pop("x-api-key")
        for path in ("/v1/chat", "/support/invoke", "/support/batch", "/support/stream"):
            assert (await http.post(path, json={})).status_code == 401


def data_of(response: httpx.Response) -> list[Any]:
    """What LangServe's `data` events hold."""
    blocks = response.text.replace("\r\n", "\n").split("\n\n")
    found = [dict(line.split(": ", 1) for line in b.splitlines() if ": " in line) for b in blocks]
    return [json.loads(event["data"]) for event in found if event.get("event") == "data"]


async def until_answered(callers: Callers, name: str, answers: int = 1) -> list[str]:
    """What the assistant said, once it has."""
    async with asyncio.timeout(20):
        while len(said := by(await history(callers, name), "assistant")) < answers:
            await asyncio.sleep(0.05)
    return said
