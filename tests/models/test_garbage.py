"""What the client that the product uses makes of every fault of a provider."""

import json
from typing import Any

import httpx
import httpx2
import openai
import pytest

from evals.models.garbage import FAULTS, RETRY_AFTER_S, Garbage
from tests.models.asking import TOOLS, Ask, both, streamed, whole
from tests.models.conftest import Client, Serve


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("html", ValueError),
        ("broken_json", json.JSONDecodeError),
        ("no_choices", IndexError),
        ("cut", openai.APIConnectionError),
        ("rate_limited", openai.RateLimitError),
        ("server_error", openai.InternalServerError),
        ("wrong_shape", TypeError),
        ("silence", openai.APITimeoutError),
    ],
)
async def test_garbage_raises_in_a_whole_answer(
    model_server: Serve, client: Client, fault: str, error: type[Exception]
) -> None:
    server = await model_server(Garbage((fault,)))
    with pytest.raises(error):
        await whole(client(server.url).bind_tools(TOOLS), "Hello")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("html", ValueError),
        ("broken_json", json.JSONDecodeError),
        ("cut", httpx2.RemoteProtocolError),
        ("rate_limited", openai.RateLimitError),
        ("server_error", openai.InternalServerError),
        ("wrong_shape", UserWarning),
        ("silence", openai.APITimeoutError),
    ],
)
async def test_garbage_raises_in_a_stream(
    model_server: Serve, client: Client, fault: str, error: type[Exception]
) -> None:
    server = await model_server(Garbage((fault,)))
    with pytest.raises(error):
        await streamed(client(server.url).bind_tools(TOOLS), "Hello")


@both
@pytest.mark.parametrize(
    ("fault", "call"),
    [
        ("unknown_tool", ("no_such_tool", {"anything": 1})),
        ("wrong_arguments", ("get_order", {"order_id": {"no": ["such"]}, "x": None})),
    ],
)
async def test_garbage_calls_pass_the_client_unseen(
    model_server: Serve, client: Client, ask: Ask, fault: str, call: tuple[str, Any]
) -> None:
    server = await model_server(Garbage((fault,)))
    answer = await ask(client(server.url).bind_tools(TOOLS), "Hello")
    assert [(c["name"], c["args"]) for c in answer.tool_calls] == [call]


async def test_half_an_argument_is_reported_whole_but_becomes_an_empty_call_in_a_stream(
    model_server: Serve, client: Client
) -> None:
    server = await model_server(Garbage(("broken_arguments",)))
    model = client(server.url).bind_tools(TOOLS)
    assert [c["args"] for c in (await whole(model, "Hello")).invalid_tool_calls] == [
        '{"order_id": '
    ]
    assert [c["args"] for c in (await streamed(model, "Hello")).tool_calls] == [{}]


async def test_a_stream_that_stops_in_mid_sentence_looks_like_an_answer(
    model_server: Serve, client: Client
) -> None:
    server = await model_server(Garbage(("unfinished",)))
    answer = await streamed(client(server.url), "Hello")
    assert answer.content == "Your order was shipped on "
    assert "finish_reason" not in answer.response_metadata


async def test_no_choices_in_a_stream_look_like_an_empty_answer(
    model_server: Serve, client: Client
) -> None:
    server = await model_server(Garbage(("no_choices",)))
    answer = await streamed(client(server.url), "Hello")
    assert (answer.content, answer.tool_calls) == ("", [])


async def test_garbage_goes_through_all_its_faults_and_starts_again(model_server: Serve) -> None:
    script = Garbage(silence_s=0)
    server = await model_server(script)
    body = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    async with httpx.AsyncClient() as http:
        for _ in range(len(FAULTS) + 2):
            try:
                answer = await http.post(f"{server.url}/chat/completions", json=body)
            except httpx.RemoteProtocolError:
                continue
            if answer.status_code == 429:
                assert answer.headers["retry-after"] == str(RETRY_AFTER_S)
    assert script.served == [*FAULTS, "silence", "html"]
