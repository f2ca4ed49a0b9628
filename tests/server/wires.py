"""Real sockets to a real server: what was said, what was heard, and with which code it ended."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from websockets import Subprotocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]

PATIENCE_S = 20.0


class Wire:
    """One socket; `heard` is all it was sent so far."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[Frame] = []

    async def say(self, **frame: Any) -> Self:
        await self.socket.send(json.dumps(frame))
        return self

    async def words(self, content: str, message_id: str | None = None) -> Self:
        more = {"message_id": message_id} if message_id else {}
        return await self.say(type="message", content=content, **more)

    async def next(self) -> Frame:
        async with asyncio.timeout(PATIENCE_S):
            frame: Frame = json.loads(await self.socket.recv())
        self.heard.append(frame)
        return frame

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """Listen until such a frame comes."""
        while True:
            frame = await self.next()
            if wanted(frame):
                return frame

    async def kind(self, kind: str, **known: Any) -> Frame:
        """Listen until a frame of this kind, with these values, comes."""
        return await self.until(lambda f: f["type"] == kind and known.items() <= f.items())

    async def quiet(self, for_s: float = 0.3) -> list[Frame]:
        """What comes within a time."""
        came: list[Frame] = []
        try:
            async with asyncio.timeout(for_s):
                while True:
                    came.append(json.loads(await self.socket.recv()))
        except TimeoutError:
            self.heard += came
            return came

    async def code(self) -> int | None:
        """Listen to the end; the code it was closed with."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None

    @property
    def last(self) -> int:
        """The last entry of the log it was sent."""
        return max((f["seq"] for f in self.heard if f["seq"] is not None), default=0)

    def log(self) -> list[tuple[int, str]]:
        """The entries of the log it was sent: number and content, role or owner."""
        return [
            (f["seq"], str(f.get("content") or f.get("owner") or f.get("label")))
            for f in self.heard
            if f["seq"] is not None and f["type"] != "conversation"
        ]


@asynccontextmanager
async def wired(
    url: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    protocols: Sequence[str] = (),
    **options: Any,
) -> AsyncIterator[Wire]:
    """A socket to a server, until the block ends."""
    async with connect(
        url.replace("http", "ws", 1) + path,
        additional_headers=dict(headers or {}),
        subprotocols=[Subprotocol(each) for each in protocols] or None,
        proxy=None,
        **options,
    ) as socket:
        yield Wire(socket)
