"""Conversations with the offline engine, on a demo business of each test's own."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from agents.playbook_files import read_playbooks
from data.db import Database, open_database
from data.seed.load import SEED_FOLDERS
from retrievers.embed import Embedder, open_embedder
from tests.agents.talk import Talk
from tests.conftest import copy_of

FOLDERS = {folder.name: folder for folder in SEED_FOLDERS}
TENANTS = {"northwave": "demo", "ridgeline": "ridgeline"}
READY_S = 60

Meet = Callable[..., Talk]


@pytest.fixture(scope="session")
async def embedder(data_dir: Path) -> AsyncIterator[Embedder]:
    """The real embedding model, loaded once."""
    opened = open_embedder("local", "all-MiniLM-L6-v2", data_dir)
    opened.start()
    assert await opened.wait_ready(READY_S)
    yield opened
    opened.close()


@pytest.fixture
def demo_url(postgres: str, seeded_template: str) -> Iterator[str]:
    with copy_of(postgres, seeded_template) as url:
        yield url


@pytest.fixture
async def demo(demo_url: str) -> AsyncIterator[Database]:
    """The demo businesses, this test's own."""
    async with open_database(demo_url, minimum=1, maximum=4) as database:
        yield database


@pytest.fixture
def meet(demo: Database, embedder: Embedder) -> Meet:
    """Begin a conversation: `meet()` as a visitor, `meet(1)` as customer 1, verified."""

    def begin(customer_id: int | None = None, business: str = "northwave") -> Talk:
        written = read_playbooks(FOLDERS[business] / "playbooks.yaml")
        playbooks = {intent: p for p in written for intent in p.intents}
        return Talk(demo, embedder, TENANTS[business], playbooks, customer_id)

    return begin
