"""LangGraph's dev server on our graph, as a process of its own that cannot reach the network."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.served import ROOT, free_port

START_S = 60.0
NOWHERE = "http://127.0.0.1:9"  # nobody listens there: whoever asks the internet fails at once


@dataclass(frozen=True, slots=True)
class DevServer:
    """`log` is what it said so far."""

    url: str
    log: Path


@asynccontextmanager
async def dev_server(data_dir: Path, folder: Path) -> AsyncIterator[DevServer]:
    """Run `langgraph dev` in an empty folder, where it keeps its threads, until the block ends."""
    log = folder / "log"
    port = free_port()
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload"),
            *("--port", str(port), "--config", str(ROOT / "langgraph.json")),
            cwd=folder,
            env=_environment(data_dir),
            stdout=out,
            stderr=out,
        )
    server = DevServer(f"http://127.0.0.1:{port}", log)
    try:
        await _until_up(server, process)
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _environment(data_dir: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
    return {
        **kept,
        **proxies,
        "NO_PROXY": "127.0.0.1,localhost",
        "NO_COLOR": "1",
        "LANGSMITH_TRACING": "false",
        "DATA_DIR": str(data_dir),
    }


async def _until_up(server: DevServer, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client, asyncio.timeout(START_S):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"the dev server ended: {server.log.read_text()[-2000:]}")
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/ok")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
