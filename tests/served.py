"""A whole Switchboard over real HTTP: its own database, its own port, its own data directory."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
    """Run `uvicorn server.app:app` as a process of its own until the block ends."""
    port = free_port()
    process = await start(database_url, data_dir, port, environment)
    try:
        url = f"http://127.0.0.1:{port}"
        await until_ready(url, process)
        settings = Settings(
            database_url=database_url,
            data_dir=data_dir,
            _env_file=None,  # type: ignore[call-arg]
        )
        yield Served(url, demo_key(settings), process.pid, settings)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def start(
    database_url: str, data_dir: Path, port: int, environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start the server process; it is not ready yet."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "uvicorn",
        "server.app:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
        cwd=ROOT,
        env={
            **kept,
            "ENV": "dev",
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            "PASSWORD_HASH_COST": "1",
            **UNLIMITED,
            **(environment or {}),
        },
    )


async def until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    """Wait for `/readyz`."""
    async with httpx.AsyncClient(base_url=url) as client, asyncio.timeout(START_S):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
