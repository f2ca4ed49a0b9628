"""A conversation over `POST /v1/chat`, streamed: what `switchboard chat` speaks through."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import uuid4

import httpx

from server.client import problem_in
from server.following import Following

TOKEN_HEADER = "x-conversation-token"  # noqa: S105  # a header's name


class Refused(Exception):
    """The server did not take a message; the text says why."""


class Talk:
    """Keeps the conversation's id and, for a visitor, the token that lets them come back."""

    def __init__(self, client: httpx.Client, customer_id: int | None = None) -> None:
        self.conversation_id: str | None = None
        self._client = client
        self._customer_id = customer_id

    def say(self, words: str) -> Iterator[dict[str, Any]]:
        """Send a message and pass its events on; the last one is a `result`.

        Raises:
            Refused: the server did not take it.
            httpx.TransportError: the connection broke.
        """
        body = {
            "message": words,
            "message_id": str(uuid4()),
            "conversation_id": self.conversation_id,
            "customer_id": self._customer_id,
        }
        with self._client.stream(
            "POST", "/v1/chat", json=body, headers={"accept": "text/event-stream"}
        ) as response:
            if response.status_code != 200:
                response.read()
                raise Refused(problem_in(response))
            for event in events_in(response.iter_lines()):
                if event["event"] == "result":
                    self._remember(event["result"])
                yield event

    def following(self, hear: Callable[[str], None]) -> Following:
        """What operators write from now on, and have written; enter it and leave it again."""
        if self.conversation_id is None:
            raise ValueError("nothing was said yet")
        return Following(
            str(self._client.base_url),
            self._client.headers,
            self.conversation_id,
            self._customer_id,
            hear,
        )

    def _remember(self, result: dict[str, Any]) -> None:
        self.conversation_id = result["conversation_id"]
        if token := result.get("conversation_token"):
            self._client.headers[TOKEN_HEADER] = token


def events_in(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The JSON bodies of a stream of server-sent events.

    >>> list(events_in([": ping", "event: text", 'data: {"event": "text"}', ""]))
    [{'event': 'text'}]
    """
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield json.loads("\n".join(data))
            data = []
