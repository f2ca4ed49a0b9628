"""A model that can be stopped in the middle of a request, so that a test can act meanwhile."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from agents.models import ModelConfig, Models
from evals.models.script import Answer, Request, Script
from evals.models.server import ModelServer, serve

PATIENCE_S = 20.0


class Held:
    """Answers as another script does, but the requests that `holds` picks wait until `let_go`."""

    def __init__(self, script: Script, holds: Callable[[Request], bool]) -> None:
        self._script = script
        self._holds = holds
        self._reached = threading.Event()
        self._let_go = threading.Event()

    def answer(self, request: Request) -> Answer:
        if self._holds(request):
            self._reached.set()
            self._let_go.wait(PATIENCE_S)
        return self._script.answer(request)

    async def reached(self) -> None:
        """Wait until a request is held."""
        assert await asyncio.to_thread(self._reached.wait, PATIENCE_S), "the model was not asked"

    def let_go(self) -> None:
        self._let_go.set()


def at_first(request: Request) -> bool:
    """The request that opens a turn: no tool has answered yet."""
    return not after_tools(request)


def never(request: Request) -> bool:
    return False


def after_tools(request: Request) -> bool:
    """A request that brings a tool's result."""
    return any(message["role"] == "tool" for message in request.turn)


@dataclass(frozen=True, slots=True)
class Provider:
    """A running model, and a connection to it that is closed with it."""

    model: Held
    server: ModelServer
    http: httpx2.AsyncClient

    @property
    def requests(self) -> Sequence[Request]:
        return self.server.requests

    def models(self) -> Models:
        """What the agents of a process ask."""
        config = ModelConfig(provider="openai", base_url=self.server.url, model="scripted")
        return Models(config, self.http)


@asynccontextmanager
async def provided(
    script: Script, holds: Callable[[Request], bool] = at_first
) -> AsyncIterator[Provider]:
    """A running model that is let go at the latest when the block ends."""
    model = Held(script, holds)
    async with serve(model) as server, httpx2.AsyncClient() as http:
        try:
            yield Provider(model, server, http)
        finally:
            model.let_go()
