"""One real Postgres for the whole run, and copies of a migrated or a seeded database.

Copies are cheap, so a test (or, where it only reads or keeps to conversations of its own, a module)
has a database of its own. Demo data are embedded and loaded once, by the first test that wants it.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read at numpy's import; workers are as many as cores

import psycopg
import pytest

from data.db import Database, open_database
from data.migrate import migrate
from server.embedded import open_postgres
from server.prepare import seed, silent
from server.settings import Settings

TEMPLATE = "template_switchboard"
SEEDED = "template_seeded"
EXPORTED = Path(__file__).parent.parent / "var" / "models"  # what `make setup` exported


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of an embedded server that holds a migrated, empty template database."""
    with tempfile.TemporaryDirectory(prefix="sb-pg-") as folder:
        server = open_postgres(Path(folder) / "pg")
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as db:
            db.execute("ALTER SYSTEM SET fsync = off")
            db.execute("ALTER SYSTEM SET max_connections = 300")
            db.execute("SELECT pg_reload_conf()")
            db.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate(named(uri, TEMPLATE))
        yield uri
        server.leave()


def named(uri: str, database: str) -> str:
    """The same server, another database; a URL again, as `DATABASE_URL` has to be."""
    return urlsplit(uri)._replace(path=f"/{database}").geturl()


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A data directory of the whole run, so that the embedding model is exported at most once."""
    with tempfile.TemporaryDirectory(prefix="sb-data-") as folder:
        if EXPORTED.is_dir():
            (Path(folder) / "models").symlink_to(EXPORTED)
        yield Path(folder)


@pytest.fixture(scope="session")
async def seeded_template(postgres: str, data_dir: Path) -> str:
    """Name of a database with both demo tenants, embedded by the real model."""
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {SEEDED} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    settings = Settings(data_dir=data_dir, _env_file=None)  # type: ignore[call-arg]
    async with open_database(named(postgres, SEEDED), minimum=1, maximum=4) as database:
        await seed(settings, database, silent)
    return SEEDED


@pytest.fixture(scope="module")
def seeded_url(postgres: str, seeded_template: str) -> Iterator[str]:
    """A database of this module's own, with both demo tenants."""
    with copy_of(postgres, seeded_template) as url:
        yield url


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """A migrated database of this test's own."""
    with copy_of(postgres, TEMPLATE) as url:
        yield url


@contextmanager
def copy_of(postgres: str, template: str) -> Iterator[str]:
    """A copy of a database nobody is connected to, dropped when the block ends."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield named(postgres, name)
    finally:
        with psycopg.connect(postgres, autocommit=True) as db:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """The application's own pools on this test's database."""
    async with open_database(database_url, minimum=1, maximum=8) as database:
        yield database
