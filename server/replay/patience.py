"""Wait as a server with limits says, and say once how to be quicker."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from server.progress import console

LONGEST_WAIT_S = 120.0  # a limit by the hour or day is no matter of waiting
ADVICE = (
    "The server limits how often this sender may ask, so this takes a while. For a replay, start"
    " it with RATE_LIMIT_CHAT=1000000/minute and RATE_LIMIT_DEFAULT=1000000/minute."
)


class Patience:
    """Waits for its server's limits."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._said = False

    async def waited(self, response: httpx.Response) -> bool:
        """Whether the request was refused by a limit, and waiting for it is over."""
        given = response.headers.get("retry-after", "")
        if response.status_code != httpx.codes.TOO_MANY_REQUESTS or not given.isdecimal():
            return False
        if float(given[:9]) > LONGEST_WAIT_S:
            return False
        if not self._said:
            self._said = True
            console.print(ADVICE, style="yellow", highlight=False)
        await self._sleep(float(given[:9]))
        return True
