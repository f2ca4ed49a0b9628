"""How an answer looks on the wire of OpenAI's chat completions, whole and as a stream."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from evals.models.script import Call, Reply, Request, text_of

JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
DONE = b"data: [DONE]\n\n"
FRAGMENT_CHARACTERS = 12  # arguments arrive in pieces, as from a provider


def whole(request: Request, reply: Reply) -> bytes:
    """The body of an answer that was not asked for as a stream."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [_call(call) for call in reply.calls]
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply), "logprobs": None}
    head = _head(request, "chat.completion")
    return json.dumps({**head, "choices": [choice], "usage": _usage(request, reply)}).encode()


def events(request: Request, reply: Reply) -> Iterator[bytes]:
    """The same answer as server-sent events, the last one `[DONE]`."""
    head = _head(request, "chat.completion.chunk")

    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return event({**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": None if reply.calls else ""})
    for word in re.findall(r"\s*\S+\s*", reply.text):
        yield chunk({"content": word})
    for index, call in enumerate(reply.calls):
        yield chunk({"tool_calls": [_call(call, arguments="") | {"index": index}]})
        for piece in re.findall(rf"(?s).{{1,{FRAGMENT_CHARACTERS}}}", call.written):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, _finish(reply))
    if request.wants_usage:
        yield event({**head, "choices": [], "usage": _usage(request, reply)})
    yield DONE


def event(payload: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


def error(kind: str, message: str) -> bytes:
    """The body a provider sends beside a status of 4xx or 5xx."""
    return json.dumps({"error": {"type": kind, "message": message, "code": kind}}).encode()


def _head(request: Request, kind: str) -> dict[str, Any]:
    model = request.payload.get("model", "scripted")
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": _now(), "model": model}


def _now() -> int:
    return int(time.time())


def _call(call: Call, *, arguments: str | None = None) -> dict[str, Any]:
    written = call.written if arguments is None else arguments
    function = {"name": call.name, "arguments": written}
    return {"id": call.id, "type": "function", "function": function}


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.calls else "stop"


def _usage(request: Request, reply: Reply) -> dict[str, int]:
    """Words stand for tokens: enough for whoever adds them up."""
    asked = sum(len(text_of(message).split()) for message in request.messages)
    said = len(reply.text.split()) + sum(len(call.written) // 4 + 1 for call in reply.calls)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
