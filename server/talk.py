"""A conversation over `POST /v1/chat`, streamed: what `switchboard chat` speaks through."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

import httpx

from server.client import problem_in

TOKEN_HEADER = "x-conversation-token"  # noqa: S105  # a header's name


class Refused(Exception):
    """The server did not take a message; the text says why."""


class Talk:
    """Keeps the conversation's id and, for a visitor, the token that lets them come back."""

    def __init__(self, client: httpx.Client, customer_id: int | None = None) -> None:
        self.conversation_id: str | None = None
        self._client = client
        self._customer_id = customer_id
        self._seen: set[str] = set()

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

    def news(self) -> list[str]:
        """What operators have written since the last look.

        Raises:
            httpx.TransportError: the connection broke.
        """
        fresh = []
        for message in self._history():
            if message["role"] == "operator" and message["id"] not in self._seen:
                fresh.append(str(message["content"]))
            self._seen.add(message["id"])
        return fresh

    def _history(self) -> Iterator[dict[str, Any]]:
        cursor: str | None = ""
        while self.conversation_id and cursor is not None:
            response = self._client.get(
                f"/v1/conversations/{self.conversation_id}/messages",
                params={"cursor": cursor} if cursor else {},
            )
            page = response.json() if response.status_code == 200 else {"items": [], "next": None}
            yield from page["items"]
            cursor = page["next"]

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
