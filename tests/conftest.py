"""One real Postgres for the whole run, and copies of a migrated or a seeded database.

Copies are cheap, so a test (or, where it only reads or keeps to conversations of its own, a module)
has a database of its own. Demo data are embedded and loaded once, by the first test that wants it.
"""

import gc
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
from tests.acme import found_companies
from tests.sealed import as_asked

TEMPLATE = "template_switchboard"
SEEDED = "template_seeded"
COMPANIES = "template_companies"
LONGEST = (  # begun first, so that no process is left with one of them at the end
    "crash/test_kills.py",
    "server/test_generated_requests.py",
    "studio/test_studio.py",
    "server/test_bad_bodies.py",
    "server/test_cli_database.py",
    "evals/test_conversations.py",
    "server/test_two_servers.py",
    "graph/test_injection.py",
    "server/test_two_tenants.py",
    "server/test_openapi.py",
    "server/test_api_keys.py",
    "tools/test_arguments.py",
    "evals/test_routing.py",
    "server/test_cli_intents.py",
    "server/test_cli_encrypt.py",
    "retrievers/test_embed.py",
)
EXPORTED = Path(__file__).parent.parent / "var" / "models"  # what `make setup` exported


def pytest_collection() -> None:
    gc.disable()  # looking for garbage among what is imported: a quarter of the collection


def pytest_collection_finish() -> None:
    gc.enable()
    gc.freeze()  # what was imported is none: nobody looks through it again


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others in their order."""
    tests = Path(__file__).parent
    turns = {tests / name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turns.get(item.path, len(LONGEST)))


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


@pytest.fixture(scope="session")
async def companies_template(postgres: str) -> str:
    """Name of a database with the two companies of `tests.acme`."""
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {COMPANIES} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    async with open_database(named(postgres, COMPANIES), minimum=1, maximum=2) as database:
        await found_companies(database)
    return COMPANIES


@pytest.fixture
def database_url(postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of this test's own, with the two companies for who asks for them."""
    template = TEMPLATE
    if "companies" in request.fixturenames:
        template = request.getfixturevalue("companies_template")
    with copy_of(postgres, template) as url:
        yield url


@pytest.fixture
async def companies(db: Database, request: pytest.FixtureRequest) -> Database:
    """The two companies, open or sealed: see `tests/sealed.py`."""
    return await as_asked(db, request)


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
