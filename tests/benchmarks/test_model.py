"""The model stand-in, asked by the client that the product uses."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from benchmarks.model import TEXT, Model
from tests.models.asking import TOOLS


@pytest.fixture
def model() -> Model:
    return Model(delay_s=0)


@pytest.fixture
async def http(model: Model) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(model)) as client:
        yield client


def client(http: httpx.AsyncClient, name: str = "bench") -> ChatOpenAI:
    return ChatOpenAI(
        model=name,
        base_url="http://model/v1",
        api_key=SecretStr("none"),
        stream_usage=True,
        http_async_client=http,
    )


async def test_it_answers_whole_and_streamed_alike(http: httpx.AsyncClient, model: Model) -> None:
    whole = await client(http).ainvoke("Hello")
    chunks = [chunk async for chunk in client(http).astream("Hello")]
    streamed = sum(chunks[1:], start=chunks[0])
    assert isinstance(streamed, AIMessageChunk)
    assert whole.content == streamed.content == TEXT
    assert whole.usage_metadata == streamed.usage_metadata is not None
    assert streamed.response_metadata["finish_reason"] == "stop"
    assert (await http.get("http://model/asked")).json() == {"completions": 2}


async def test_it_calls_the_tool_that_the_customer_names(http: httpx.AsyncClient) -> None:
    asked = 'Please [tool:get_order {"order_id": 7}]'
    model = client(http).bind_tools(TOOLS)
    whole = await model.ainvoke(asked)
    streamed = [chunk async for chunk in model.astream(asked)]
    for answer in (whole, sum(streamed[1:], start=streamed[0])):
        assert [(c["name"], c["args"]) for c in answer.tool_calls] == [
            ("get_order", {"order_id": 7})
        ]
    result = ToolMessage("shipped", tool_call_id=whole.tool_calls[0]["id"])
    assert (await model.ainvoke([HumanMessage(asked), whole, result])).content == TEXT
    assert (await client(http).ainvoke(asked)).content == TEXT


async def test_its_name_says_how_long_it_takes(http: httpx.AsyncClient) -> None:
    before = time.perf_counter()
    await client(http, "bench-50ms").ainvoke("Hello")
    assert time.perf_counter() - before >= 0.05
