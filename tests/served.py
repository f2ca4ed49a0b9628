"""A whole Switchboard over real HTTP: its own database, its own port, its own data directory."""

import asyncio
import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from server.prepare import demo_key
from server.settings import Settings

ROOT = Path(__file__).parent.parent
START_S = 60.0
UNLIMITED = dict.fromkeys(
    ("RATE_LIMIT_DEFAULT", "RATE_LIMIT_CHAT", "RATE_LIMIT_FAQ"), "1000000/minute"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A server process; `key` is the demo tenant's admin key."""

    url: str
    key: str
    pid: int
    settings: Settings

    @property
    def headers(self) -> dict[str, str]:
        return {"x-api-key": self.key}

    def client(self) -> httpx.AsyncClient:
        """A client with the demo key; close it."""
        return httpx.AsyncClient(base_url=self.url, headers=self.headers, timeout=60)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def served(
    database_url: str, data_dir: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Served]:
    """Run the server as a process of its own until the block ends."""
    port = free_port()
    given = {
        "ENV": "dev",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(data_dir),
        "PASSWORD_HASH_COST": "1",
        **UNLIMITED,
        **(environment or {}),
    }
    pid = born({"port": port, "environment": given})
    try:
        url = f"http://127.0.0.1:{port}"
        await until_ready(url, pid)
        settings = Settings(
            database_url=database_url,
            data_dir=data_dir,
            _env_file=None,  # type: ignore[call-arg]
        )
        yield Served(url, demo_key(settings), pid, settings)
    finally:
        await ended(pid)


@cache
def nursery() -> subprocess.Popen[str]:
    """What processes are forked from, one a run: importing everything is most of a start."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.nursery"],
        cwd=ROOT,
        env={**kept, "OPENBLAS_NUM_THREADS": "1"},  # no threads before the fork
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)  # the end of its input ends it
    return process


def born(wanted: Mapping[str, object]) -> int:
    """Start what `tests/nursery.py` can start; its process id."""
    home = nursery()
    assert home.stdin
    assert home.stdout
    home.stdin.write(json.dumps(wanted) + "\n")
    home.stdin.flush()
    return int(home.stdout.readline())


async def ended(pid: int) -> None:
    """Ask a server to end, and see that it does."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(START_S):
                while True:
                    os.kill(pid, 0)
                    await asyncio.sleep(0.01)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)


async def until_ready(url: str, pid: int) -> None:
    """Wait for `/readyz`."""
    async with httpx.AsyncClient(base_url=url) as client, asyncio.timeout(START_S):
        while True:
            os.kill(pid, 0)  # a ProcessLookupError: it ended while it started
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
