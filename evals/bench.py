"""Where suites are played: the demo companies on a database of their own, opened when needed."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from agents import route_head, sentiment_head
from data.errors import Unavailable
from evals.models.script import Request, Script
from evals.models.server import serve
from retrievers.embed import Embedder
from server.embedded import open_postgres
from server.embedding import embedder_of
from server.prepare import set_up, silent
from server.settings import Settings
from server.wiring import Services, open_services

READY_S = 120.0
TENANTS = ("demo", "ridgeline")
SHARED = ("models", route_head.FITTED, sentiment_head.FITTED)  # of the data directory

Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A database with the demo companies, and settings whose data directory goes with it."""

    settings: Settings
    url: str


@dataclass(frozen=True, slots=True)
class Scripted:
    """The product, and what its scripted model was asked; `requests` grows as they arrive."""

    services: Services
    requests: Sequence[Request]


class Bench:
    """What a suite plays with. Each part is opened once, when a suite first asks for it.

    A suite leaves the companies as it found them. `report` is told how far the opening is.
    """

    def __init__(
        self,
        settings: Settings,
        stack: AsyncExitStack,
        place: Place | None = None,
    ) -> None:
        self.settings = settings
        self.report: Report = silent
        self._stack = stack
        self._place = place
        self._services: Services | None = None
        self._embedder: Embedder | None = None

    async def services(self) -> Services:
        """The product as the settings have it, with the demo companies.

        Raises:
            Unavailable: the embedding model did not load, and without it another engine is judged.
        """
        if self._services is None:
            opened = self._open(await self._companies())
            self._services = await self._stack.enter_async_context(opened)
        return self._services

    @asynccontextmanager
    async def answered_by(self, script: Script, deadline_s: float) -> AsyncIterator[Scripted]:
        """The product on the same companies, with a scripted model behind a real connection."""
        place = await self._companies()
        async with serve(script) as model:
            given = {
                "llm_provider": "openai",
                "llm_base_url": model.url,
                "llm_model": "scripted",
                "llm_analysis_model": None,
                "turn_deadline_s": deadline_s,
            }
            settings = place.settings.model_copy(update=given)
            async with self._open(Place(settings, place.url)) as services:
                yield Scripted(services, model.requests)

    async def embedder(self) -> Embedder:
        """The embedding model that the settings name, loaded.

        Raises:
            Unavailable: it cannot be.
        """
        if self._embedder is None:
            self._embedder = embedder_of(self.settings)
            self._embedder.start()
            self._stack.callback(self._embedder.close)
            await _ready(self._embedder)
        return self._embedder

    async def _companies(self) -> Place:
        if self._place is None:
            opened = found_companies(self.settings, self.report)
            self._place = await self._stack.enter_async_context(opened)
        return self._place

    @asynccontextmanager
    async def _open(self, place: Place) -> AsyncIterator[Services]:
        async with open_services(place.settings, place.url) as services:
            await _ready(services.embedder)
            yield services


@asynccontextmanager
async def found_companies(settings: Settings, report: Report) -> AsyncIterator[Place]:
    """A new database with the demo companies; it is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="switchboard-evals-") as name:
        folder = Path(name)
        _furnish(folder, settings.data_dir)
        here = settings.model_copy(update={"data_dir": folder, "database_url": None})
        postgres = await asyncio.to_thread(open_postgres, folder / "postgres")
        try:
            url: str = postgres.get_uri()
            await set_up(here, url, report)
            yield Place(here, url)
        finally:
            await asyncio.to_thread(postgres.leave)


def _furnish(folder: Path, data_dir: Path) -> None:
    """What was exported and fitted in the real data directory counts here, too."""
    folder.chmod(0o755)  # the database's own user has to pass through
    for shared in (data_dir.resolve() / each for each in SHARED):
        if shared.exists():
            (folder / shared.name).symlink_to(shared)


async def _ready(embedder: Embedder) -> None:
    if not await embedder.wait_ready(READY_S):
        raise Unavailable(f"the embedding model did not load: {embedder.failure}")
