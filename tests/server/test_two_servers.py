"""Two servers on one data directory, with the embedded database and nothing given."""

import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from data import tenants
from data.db import open_database
from data.migrate import migrate
from data.tenants import Tenant
from server.embedded import is_running, start_postgres, stop_postgres
from server.prepare import demo_key
from server.settings import Settings
from tests.command import COMMAND, environment
from tests.served import free_port

START_S = 60


@pytest.fixture
async def folder(data_dir: Path) -> AsyncIterator[Path]:
    """A data directory whose database has a tenant, so that no start loads demo data."""
    with TemporaryDirectory(prefix="sb-two-") as made:
        folder = Path(made)
        if (data_dir / "models").exists():
            (folder / "models").symlink_to((data_dir / "models").resolve())
        url = start_postgres(folder)
        migrate(url)
        async with open_database(url, minimum=1, maximum=2) as db, db.ops_transaction() as ops:
            await tenants.add_tenant(ops, Tenant("demo", "Demo", {}, "s" * 40))
        stop_postgres(folder)
        yield folder


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`switchboard serve` as somebody types it; its process and its URL."""
    port = free_port()
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        cwd=folder,
        env=environment({"DATA_DIR": str(folder)}),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_ready(url: str) -> None:
    """Raises TimeoutError when it takes too long."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(url)


async def test_they_share_the_database_and_the_last_one_stops_it(folder: Path) -> None:
    key = demo_key(Settings(data_dir=folder))
    headers = {"x-api-key": key}
    said = {"message": "hello", "conversation_id": "shared"}
    with serving(folder) as (first, one), serving(folder) as (second, other):
        wait_ready(one)
        wait_ready(other)
        httpx.post(f"{one}/v1/chat", json=said, headers=headers, timeout=60).raise_for_status()
        history = httpx.get(f"{other}/v1/conversations/shared/messages", headers=headers).json()
        assert history["items"][0]["content"] == "hello"

        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 128 + signal.SIGTERM
        assert is_running(folder)
        answer = httpx.post(f"{other}/v1/chat", json=said, headers=headers, timeout=60)
        assert answer.status_code == 200

        second.send_signal(signal.SIGINT)
        assert second.wait(30) == 0
        assert not is_running(folder)
