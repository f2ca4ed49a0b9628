"""Customers whose app repeats a message, under the same id, until it is taken."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.crash.fleet import KEY, Fleet, Server

PAUSE_S = 0.05  # before a message is repeated
THINGS = ("router", "phone", "box", "cable", "screen", "antenna", "battery", "modem")
STATES = ("broken", "gone", "on fire", "upside down", "too loud", "much too slow", "frozen")


@dataclass(frozen=True, slots=True)
class Message:
    """The `number`-th of a conversation; its text is like no other's."""

    conversation: int
    number: int

    @property
    def conversation_id(self) -> str:
        return f"c{self.conversation}"

    @property
    def id(self) -> str:
        return f"{self.conversation_id}.{self.number}"

    @property
    def text(self) -> str:
        seed = self.conversation + self.number
        thing, state = THINGS[seed % len(THINGS)], STATES[seed % len(STATES)]
        return f"My {thing} is {state}, case {self.id}"


@dataclass(slots=True)
class Callers:
    """`told` holds every answer that a message got with status 200."""

    fleet: Fleet
    http: httpx.AsyncClient
    taken: list[Message] = field(default_factory=list)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    repeated: int = 0

    async def send(self, message: Message, server: Server, *, wait: bool) -> None:
        """Until a server has taken it: `server` first, then any.

        With `wait` the caller stays for the answer, and repeats the message if it does not come.
        """
        while True:
            try:
                response = await self.http.post(
                    f"{server.url}/v1/chat",
                    json={
                        "message": message.text,
                        "conversation_id": message.conversation_id,
                        "message_id": message.id,
                    },
                    headers={"x-api-key": KEY} | ({} if wait else {"prefer": "respond-async"}),
                )
            except httpx.TransportError:
                response = None
            if response is not None and response.is_success:
                break
            if response is not None and response.status_code < 500:
                raise AssertionError(f"{message.id}: {response.status_code} {response.text}")
            self.repeated += 1
            await asyncio.sleep(PAUSE_S)
            server = await self.fleet.one()
        self.taken.append(message)
        if response.status_code == 200:
            self.told[message.id].append(response.json())
