"""Is it alive, is it ready, how is it: also while the database is gone and when it is back."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from data.db import open_database
from data.migrate import migrate
from data.tenants import Tenant, add_tenant
from server.embedded import EmbeddedPostgres, open_postgres
from server.settings import DEMO_TENANT
from tests.served import Served, served
from tests.server.callers import problem

READY = ("/readyz", "/v1/health", "/v1/health?detailed=true")
BACK_S = 30.0  # the pools ask again after 1, 2, 4, … seconds


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A database server that only these tests use, so they may stop it."""
    with tempfile.TemporaryDirectory(prefix="sb-gone-") as folder:
        running = open_postgres(Path(folder) / "pg")
        migrate(running.get_uri())
        yield running
        running.leave()


@pytest.fixture(scope="module")
async def server(own_postgres: EmbeddedPostgres, data_dir: Path) -> AsyncIterator[Served]:
    url = own_postgres.get_uri()
    async with (
        open_database(url, minimum=1, maximum=2) as database,
        database.ops_transaction() as ops,
    ):
        await add_tenant(ops, Tenant(DEMO_TENANT, "Demo", {}, "s" * 43))
    async with served(url, data_dir) as running:
        yield running


@pytest.fixture(scope="module")
async def http(server: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        yield client


async def until(http: httpx.AsyncClient, path: str, status: int) -> float:
    """Seconds until an address answers so."""
    since = time.monotonic()
    async with asyncio.timeout(BACK_S):
        while (await http.get(path)).status_code != status:
            await asyncio.sleep(0.1)
    return time.monotonic() - since


async def test_it_says_that_it_is_alive_and_ready(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    ready = (await http.get("/readyz")).json()
    assert (ready["status"], ready["database"]) == ("ready", True)
    assert isinstance(ready["embedding"], bool)


async def test_it_says_how_it_is_without_a_secret(http: httpx.AsyncClient, server: Served) -> None:
    short = (await http.get("/v1/health")).json()
    assert short["status"] == "ready"
    async with asyncio.timeout(BACK_S):
        while not (found := (await http.get("/v1/health?detailed=true")).json())["embedding"]:
            await asyncio.sleep(0.1)
    assert found["environment"] == "dev"
    assert found["model"] == "offline"
    assert found["embedding_model"] == "all-MiniLM-L6-v2"
    assert (found["embedding_failure"], found["worker"]) == (None, True)
    for secret in (server.key, "postgresql://", str(server.settings.data_dir)):
        assert secret not in str(found)
    bad = await http.get("/v1/health?detailed=perhaps")
    assert problem(bad, 422)["errors"][0]["field"] == "query.detailed"


async def test_without_the_database_it_lives_but_is_not_ready_and_comes_back(
    http: httpx.AsyncClient, server: Served, own_postgres: EmbeddedPostgres
) -> None:
    asked = {"message": "Hello"}
    assert (await http.post("/v1/chat", json=asked)).status_code == 200
    own_postgres.stop()
    try:
        for gone in await asyncio.gather(*map(http.get, READY)):
            assert problem(gone, 503)["detail"] == "the database does not answer"
            assert int(gone.headers["retry-after"]) > 0
        assert (await http.get("/healthz")).status_code == 200
        for refused in await asyncio.gather(
            http.post("/v1/chat", json=asked),
            http.get("/v1/conversations", headers=server.headers),
        ):
            problem(refused, 503)
            assert refused.headers["retry-after"]
    finally:
        own_postgres.start()
    await until(http, "/readyz", 200)
    assert (await http.post("/v1/chat", json=asked)).status_code == 200
    listed = await http.get("/v1/conversations", headers=server.headers)
    assert listed.status_code == 200
    async with asyncio.timeout(BACK_S):
        while not (await http.get("/v1/health?detailed=true")).json()["worker"]:
            await asyncio.sleep(0.1)
