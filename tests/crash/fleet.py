"""Server processes on one database. One that is killed is started again."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.served import ROOT, START_S, UNLIMITED, free_port

KEY = "a-key-for-tests-only"
STAGING = {
    "ENV": "staging",  # neither migrates nor seeds when it starts: quicker
    "JWT_SECRET_KEY": "only-for-tests-and-longer-than-32-characters",
    "API_KEYS": f"{KEY}:demo",
    "LLM_API_KEY": "none",
    **UNLIMITED,
    "OPENBLAS_NUM_THREADS": "1",  # no threads before the fork
}


@dataclass(frozen=True, slots=True)
class Server:
    """One life of a server process."""

    url: str
    pid: int

    @property
    def alive(self) -> bool:
        """Whether there is such a process."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


class Fleet:
    """`size` servers, less those that are being started again."""

    def __init__(
        self, size: int, database_url: str, data_dir: Path, environment: Mapping[str, str]
    ) -> None:
        self._size = size
        self._environment = {
            **STAGING,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            **environment,
        }
        self._living: list[Server] = []
        self._starting: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()
        self._asking = asyncio.Lock()
        self._nursery: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.nursery"),
            cwd=ROOT,
            env=kept | self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            await asyncio.gather(*(self._start() for _ in range(self._size)))
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def one(self, *, among: int = 1) -> Server:
        """Any server that takes requests, as soon as there are so many."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._living) >= among)
            return random.choice(self._living)

    async def all(self) -> list[Server]:
        """Every server, as soon as all have been started."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._living) == self._size)
            return list(self._living)

    async def kill(self, server: Server, how: signal.Signals = signal.SIGKILL) -> None:
        """By SIGKILL nothing is drained, closed or released. Another server is started."""
        server.send(how)
        self._living.remove(server)
        while server.alive:
            await asyncio.sleep(0.005)
        again = asyncio.create_task(self._start())
        self._starting.add(again)
        again.add_done_callback(self._starting.discard)

    async def _start(self) -> None:
        port = free_port()
        server = Server(f"http://127.0.0.1:{port}", await self._born(port))
        async with asyncio.timeout(START_S), httpx.AsyncClient(base_url=server.url) as client:
            while server.alive:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/readyz")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
        assert server.alive, "a server ended while it started"
        async with self._changed:
            self._living.append(server)
            self._changed.notify_all()

    async def _born(self, port: int) -> int:
        assert self._nursery
        assert self._nursery.stdin
        assert self._nursery.stdout
        async with self._asking:
            wanted = {"port": port, "environment": self._environment}
            self._nursery.stdin.write(json.dumps(wanted).encode() + b"\n")
            return int(await self._nursery.stdout.readline())

    async def _stop(self) -> None:
        for task in list(self._starting):
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        if self._nursery and self._nursery.stdin:
            self._nursery.stdin.close()
            await self._nursery.wait()
