"""How LangServe's operations are described: what goes in, what comes out, in the wire's format."""

import json
from typing import Any

from server.answers import CHAT_EXAMPLE, CONVERSATION, SERVER_SENT_EVENT

RUN = "4c9a1d7e-2b3f-4a5c-8d6e-9f0a1b2c3d4e"
EVENT_STREAM = "text/event-stream"

WORDS = {"messages": [{"role": "user", "content": "What is the status of my order?"}]}
THREAD = {"configurable": {"thread_id": CONVERSATION}}
METADATA = {"run_id": RUN, "feedback_tokens": []}

ONE = {"input": WORDS, "config": THREAD}
TWO = {"inputs": [WORDS, WORDS], "config": [THREAD, {}]}

EVENTS: list[dict[str, Any]] = [
    {"event": "step", "name": "classify"},
    {"event": "tool", "name": "get_orders"},
    {"event": "text", "content": "Your Phone Case (order 2) is on its way."},
    {"event": "result", "result": CHAT_EXAMPLE},
]


def streamed(*chunks: Any) -> str:
    """Chunks as LangServe puts them on the wire."""
    lines = [f"event: data\ndata: {json.dumps(chunk)}\n" for chunk in chunks]
    return "\n".join([f'event: metadata\ndata: {{"run_id": "{RUN}"}}\n', *lines, "event: end\n\n"])


def described(text: str, response: Any, **more: Any) -> dict[str, Any]:
    """An operation's part; the text's first line is its summary, `answer` its answer's schema."""
    summary, _, rest = text.partition("\n")
    return {"summary": summary, "description": rest or summary, "response": response, **more}


SUPPORT_OPERATIONS: dict[str, dict[str, Any]] = {
    "/support/invoke": described(
        "The whole answer\n"
        "`input` is a customer's turn (`messages`, the last one counts) or an operator's answer"
        " to an interrupt (`resume`). `config.configurable.thread_id` names the conversation;"
        " anything else in `configurable` is ignored. `output` is what `POST /v1/chat` answers.",
        {"output": CHAT_EXAMPLE, "metadata": METADATA},
        request=ONE,
    ),
    "/support/batch": described(
        "Many answers, in order\n"
        "Messages of one thread are accepted in the order they stand in. One `config` for all,"
        " or a list with one for each.",
        {
            "output": [CHAT_EXAMPLE, CHAT_EXAMPLE],
            "metadata": {"run_ids": [RUN, RUN], "responses": [METADATA, METADATA]},
        },
        request=TWO,
    ),
    "/support/stream": described(
        "The answer while it is made\n"
        "Server-sent events; each `data` holds one of ours: `step`, `tool`, `text`, `state`,"
        " and last a `result` with the whole answer, or an `error` with status, code and detail.",
        streamed(*EVENTS),
        request=ONE,
        media_type=EVENT_STREAM,
        answer=SERVER_SENT_EVENT,
    ),
    "/support/stream_events": described(
        "The same, as LangChain's events (for developers)",
        streamed({"event": "on_chain_stream", "name": "/support", "data": {"chunk": EVENTS[0]}}),
        request=ONE,
        media_type=EVENT_STREAM,
        answer=SERVER_SENT_EVENT,
    ),
    "/support/stream_log": described(
        "The same, as LangChain's run log (for developers)",
        streamed({"ops": [{"op": "add", "path": "/streamed_output/-", "value": EVENTS[0]}]}),
        request=ONE,
        media_type=EVENT_STREAM,
        answer=SERVER_SENT_EVENT,
    ),
    "/support/input_schema": described(
        "JSON Schema of `input`",
        {"title": "SupportInput", "type": "object", "properties": {"messages": {}, "resume": {}}},
        answer={"type": "object"},
    ),
    "/support/output_schema": described(
        "JSON Schema of `output`",
        {"title": "supportOutput", "anyOf": [{"$ref": "#/$defs/ChatResponse"}]},
        answer={"type": "object"},
    ),
    "/support/config_schema": described(
        "JSON Schema of `config`",
        {"title": "supportConfig", "type": "object", "properties": {"configurable": {}}},
        answer={"type": "object"},
    ),
}
