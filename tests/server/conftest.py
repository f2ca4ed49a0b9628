"""A served Switchboard with demo data for each module that asks for one.

Tests of a module share it, so each keeps to threads of its own.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from data.db import Database, open_database
from tests.served import Served, served
from tests.server.callers import Callers


@pytest.fixture(scope="module")
async def server(seeded_url: str, data_dir: Path) -> AsyncIterator[Served]:
    async with served(seeded_url, data_dir) as running:
        yield running


@pytest.fixture(scope="module")
async def rows(seeded_url: str) -> AsyncIterator[Database]:
    """The served database, seen from behind."""
    async with open_database(seeded_url, minimum=1, maximum=4) as database:
        yield database


@pytest.fixture(scope="module")
async def callers(server: Served, rows: Database) -> AsyncIterator[Callers]:
    everybody = Callers(server, rows)
    yield everybody
    await everybody.close()
