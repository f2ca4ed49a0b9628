"""A stand-in for an OpenAI-style provider, fast enough never to be what is measured.

    python -m uvicorn --factory benchmarks.model:create_app

Chat completions only, whole or streamed. Every answer is the same sentence, unless tools are on
offer and the last message is the customer's `[tool:NAME {json}]`: then that tool is asked for.
An answer takes `MODEL_DELAY_MS` (default 0), or what the model's name ends in (`bench-50ms`).
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

TEXT = (
    "Thanks for asking, please tell me a little more about what it is that you would like to know."
)
WORDS = tuple(re.findall(r"\S+\s*", TEXT))
DELAY_IN_NAME = re.compile(r"-(\d+)ms$")
WANTED_TOOL = re.compile(r"\[tool:(\w+)\s*(\{.*\})?\s*\]", re.DOTALL)
JSON_HEADERS = [(b"content-type", b"application/json")]
STREAM_HEADERS = [(b"content-type", b"text/event-stream")]


@dataclass(slots=True)
class Model:
    """The ASGI application. `asked` counts completions, `GET /asked` shows it."""

    delay_s: float
    asked: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/asked":
            await _send_json(send, {"completions": self.asked})
        elif scope["path"].endswith("/chat/completions"):
            await self._complete(orjson.loads(await _body(receive)), send)
        else:
            await _send_json(send, {"error": {"message": "no such path"}}, status=404)

    async def _complete(self, request: dict[str, Any], send: Any) -> None:
        self.asked += 1
        named = DELAY_IN_NAME.search(request.get("model", ""))
        delay_s = int(named[1]) / 1000 if named else self.delay_s
        if delay_s:
            await asyncio.sleep(delay_s)
        call = wanted_call(request, self.asked)
        if request.get("stream"):
            await _send_events(send, chunks(request, call))
        else:
            await _send_json(send, completion(request, call))


def create_app() -> Model:
    return Model(float(os.environ.get("MODEL_DELAY_MS", "0")) / 1000)


def wanted_call(request: dict[str, Any], number: int) -> dict[str, Any] | None:
    """The tool call the customer's last message asks for; None when nothing can be called."""
    last = request["messages"][-1]
    if not request.get("tools") or last["role"] != "user":
        return None
    wanted = WANTED_TOOL.search(str(last["content"]))
    if wanted is None:
        return None
    function = {"name": wanted[1], "arguments": wanted[2] or "{}"}
    return {"id": f"call_{number}", "type": "function", "function": function}


def completion(request: dict[str, Any], call: dict[str, Any] | None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None if call else TEXT}
    if call:
        message["tool_calls"] = [call]
    choice = {"index": 0, "message": message, "finish_reason": _finish(call)}
    head = _head(request, "chat.completion")
    return {**head, "choices": [choice], "usage": _usage(request)}


def chunks(request: dict[str, Any], call: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The same answer in pieces, usage last where the client asked for it."""
    head = _head(request, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    if call:
        yield chunk({"role": "assistant", "tool_calls": [{**call, "index": 0}]})
    else:
        yield chunk({"role": "assistant", "content": ""})
        for word in WORDS:
            yield chunk({"content": word})
    yield chunk({}, _finish(call))
    if (request.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": _usage(request)}


def _head(request: dict[str, Any], kind: str) -> dict[str, Any]:
    model = request.get("model", "bench")
    return {"id": "chatcmpl-bench", "object": kind, "created": 1700000000, "model": model}


def _finish(call: dict[str, Any] | None) -> str:
    return "tool_calls" if call else "stop"


def _usage(request: dict[str, Any]) -> dict[str, int]:
    asked = sum(len(str(message.get("content"))) for message in request["messages"]) // 4
    said = len(WORDS)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


async def _body(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _send_json(send: Any, payload: dict[str, Any], status: int = 200) -> None:
    body = orjson.dumps(payload)
    headers = [*JSON_HEADERS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_events(send: Any, events: Iterator[dict[str, Any]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
    for event in events:
        line = b"data: " + orjson.dumps(event) + b"\n\n"
        await send({"type": "http.response.body", "body": line, "more_body": True})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})
