"""One dev server for all its tests: loading the demo data is what takes long."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from server.embedded import FOLDER as POSTGRES
from server.embedded import is_running
from server.studio import FOLDER
from tests.studio.dev_server import DevServer, dev_server
from tests.studio.studio import Studio


@pytest.fixture(scope="session")
async def server(data_dir: Path) -> AsyncIterator[DevServer]:
    pytest.importorskip("langgraph_api", reason="needs the extra `studio`")
    with tempfile.TemporaryDirectory(prefix="sb-studio-") as folder:
        async with dev_server(data_dir, Path(folder)) as running:
            yield running
    assert not is_running(data_dir / FOLDER)


@pytest.fixture
async def studio(server: DevServer) -> AsyncIterator[Studio]:
    """A client of the dev server, on a thread of this test's own."""
    async with Studio.at(server.url) as studio:
        yield studio


@pytest.fixture
def rows(studio: Studio, data_dir: Path) -> Iterator[psycopg.Connection]:
    """The throw-away database, seen by its superuser."""
    place = (data_dir / FOLDER / POSTGRES).resolve()
    url = psycopg.conninfo.make_conninfo(host=str(place), user="postgres", dbname="postgres")
    with psycopg.connect(url, autocommit=True) as db:
        yield db
