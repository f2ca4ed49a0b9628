"""Somebody who stays in a conversation whatever happens to the servers.

They remember the last entry they heard, come back by way of any server that answers, and say again
what they have not heard themselves say.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.server.wires import Frame, Wire, wired

AGAIN_S = 0.1

React = Callable[[Frame], str | None]
"""What somebody says to a frame of the log, if anything."""


class Steady:
    """A script over sockets. `heard` is the conversation's log, as they got it."""

    def __init__(
        self,
        urls: Sequence[str],
        side: str,
        headers: Mapping[str, str],
        react: React,
        conversation_id: str | None = None,
    ) -> None:
        self.conversation_id = conversation_id
        self.heard: list[Frame] = []
        self.connected = 0
        self._urls = list(urls)
        self._side = side
        self._headers = headers
        self._react = react
        self._unheard: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def last(self) -> int:
        return self.heard[-1]["seq"] if self.heard else 0

    @property
    def path(self) -> str:
        if self.conversation_id is None:
            return f"/ws/{self._side}"
        return f"/ws/{self._side}/{self.conversation_id}?after={self.last}"

    def begin(self, *words: str) -> Self:
        """Enter, and say this first."""
        for number, each in enumerate(words):
            self._unheard[f"{self._side}-first-{number}"] = each
        self._task = asyncio.create_task(self._stay())
        return self

    async def end(self) -> None:
        """Leave."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def until(self, done: Callable[[list[Frame]], bool]) -> None:
        """Wait for what was heard to be so."""
        while not done(self.heard):
            if self._task and self._task.done():
                self._task.result()
            await asyncio.sleep(0.01)

    def contents(self, *roles: str) -> list[str]:
        """What these said, in order."""
        messages = (frame for frame in self.heard if frame["type"] == "message")
        return [frame["content"] for frame in messages if frame["role"] in roles]

    async def _stay(self) -> None:
        while True:
            url = self._urls[self.connected % len(self._urls)]
            self.connected += 1
            with suppress(OSError, ConnectionClosed, InvalidHandshake):
                async with wired(url, self.path, self._headers) as wire:
                    await self._talk(wire)
            await asyncio.sleep(AGAIN_S)

    async def _talk(self, wire: Wire) -> None:
        standing = await wire.kind("conversation")
        self.conversation_id = standing["conversation_id"]
        while self.last < standing["last_seq"]:  # only then is it known what was heard
            await self._hear(wire)
        for message_id, words in list(self._unheard.items()):
            await wire.words(words, message_id)
        while True:
            if (said := await self._hear(wire)) is not None:
                await wire.words(*said)

    async def _hear(self, wire: Wire) -> tuple[str, str] | None:
        """The next frame; what is to be said to it, under which id."""
        frame = await wire.next()
        if frame["type"] == "error":
            raise AssertionError(frame)
        if frame["seq"] is None:
            return None
        self.heard.append(frame)
        self._unheard.pop(frame.get("message_id", ""), None)
        answer = self._react(frame)
        if answer is None:
            return None
        message_id = f"re-{frame['seq']}"
        self._unheard[message_id] = answer
        return answer, message_id
