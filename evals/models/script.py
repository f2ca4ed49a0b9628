"""What a scripted model is: a chat-completions request in, an answer out."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


def call_id() -> str:
    """As a provider makes them: another one each time, also for the same call."""
    return f"call_{secrets.token_hex(12)}"


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call the model asks for. A string of arguments is sent as it is, valid or not."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str = field(default_factory=call_id)

    @property
    def written(self) -> str:
        """The arguments as the wire carries them."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A well-formed answer: text, or calls of tools, whole or streamed as the client asked."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Exactly these bytes. With `cut` the connection is dropped before the answer is complete."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: bool = False


Answer = Reply | Raw


@dataclass(frozen=True, slots=True)
class Request:
    """What the client posted to `/v1/chat/completions`."""

    payload: Mapping[str, Any]

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        return self.payload.get("messages") or ()

    @property
    def tools(self) -> dict[str, Mapping[str, Any]]:
        """Name and JSON schema of the parameters of every tool on offer."""
        functions = [tool["function"] for tool in self.payload.get("tools") or ()]
        return {f["name"]: f.get("parameters") or {} for f in functions}

    @property
    def streamed(self) -> bool:
        return bool(self.payload.get("stream"))

    @property
    def wants_usage(self) -> bool:
        """A whole answer always carries usage, a streamed one only when the client asked."""
        options = self.payload.get("stream_options") or {}
        return not self.streamed or bool(options.get("include_usage"))

    @property
    def turn(self) -> Sequence[Mapping[str, Any]]:
        """The messages since the model last answered in words: what it still has to deal with."""
        spoken = [
            at
            for at, message in enumerate(self.messages)
            if message["role"] == "assistant" and not message.get("tool_calls")
        ]
        return self.messages[spoken[-1] + 1 :] if spoken else self.messages


def text_of(message: Mapping[str, Any]) -> str:
    """A message's text, whether it was sent as a string or as a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


def texts(messages: Sequence[Mapping[str, Any]], *roles: str) -> list[str]:
    """What those who play these roles said, in order."""
    return [text_of(message) for message in messages if message["role"] in roles]


def calls_in(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Name and written arguments of every call the model asked for in these messages."""
    for message in messages:
        for call in message.get("tool_calls") or ():
            yield call["function"]["name"], call["function"]["arguments"]


def results_of(tool: str, messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the calls of one tool came back with, in order."""
    ids = {
        call["id"]
        for message in messages
        for call in message.get("tool_calls") or ()
        if call["function"]["name"] == tool
    }
    return [
        text_of(message)
        for message in messages
        if message["role"] == "tool" and message["tool_call_id"] in ids
    ]


class Script(Protocol):
    """One model's behaviour. Called once a request, from one thread."""

    def answer(self, request: Request) -> Answer: ...
