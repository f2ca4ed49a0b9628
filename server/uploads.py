"""An upload on its way through the gate: counted and timed, never held in memory."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.errors import SwitchboardError, TooLarge, TooSlow
from server.errors import render


class Upload:
    """Stands between the server and the app while a body is read piece by piece.

    Once the body is refused, the app's reading fails and what it answers to that is dropped: a
    framework turns errors of the body into its own (FastAPI into a 400), and the refusal is ours.
    """

    def __init__(self, receive: Receive, send: Send, max_bytes: int, deadline_s: float) -> None:
        self._receive = receive
        self._send = send
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._deadline = asyncio.get_running_loop().time() + deadline_s
        self._bytes = 0
        self._complete = False
        self._started = False  # the app has begun to answer
        self._refusal: SwitchboardError | None = None

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let the app read and answer, or answer in its place."""
        try:
            await app(scope, self._next, self._answer)
        except Exception:
            if self._refusal is None or self._started:
                raise
        if self._refusal is not None and not self._started:
            await render(scope, self._refusal)(scope, self._receive, self._send)

    async def _next(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self._refusal = TooSlow(f"body: not complete after {self._deadline_s:g} s")
            raise self._refusal from None
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._bytes > self._max_bytes:
            self._refusal = TooLarge(f"body: longer than {self._max_bytes} bytes")
            raise self._refusal
        return message

    async def _answer(self, message: Message) -> None:
        if self._refusal is None or self._started:
            self._started = True
            await self._send(message)
