"""How long an operator's message takes to everybody who follows the conversation.

python -m benchmarks.sockets

One server, two addresses: a conversation of Switchboard's, where a message is stored, numbered and
notified before it is pushed, and a bare socket that sends what it gets to all that are connected:
the floor. Both are measured in turn, with 1, 50 and 200 sockets.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.load import percentile
from benchmarks.postgres import throwaway
from benchmarks.processes import Running, cpu_s, free_port, running
from benchmarks.targets import API_KEY, UVICORN, Place, Switchboard
from server.app import create_app as create_switchboard

FOLDER = Path("var/benchmarks")
FLOOR = "/bench/echo"
SIZES = (1, 50, 200)
PATIENCE_S = 10.0  # what has not arrived after this is lost
HEADERS = {"x-api-key": API_KEY}
UNLIMITED = dict.fromkeys(("RATE_LIMIT_DEFAULT", "RATE_LIMIT_CHAT"), "1000000/minute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Times from a message's sending to its arrival, over all sockets and messages."""

    target: str
    sockets: int
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    """Of the server, a message."""
    lost: int


def create_app() -> Any:
    """Switchboard with a bare socket beside it."""
    gate: Any = create_switchboard()
    connected: set[WebSocket] = set()

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        connected.add(socket)
        try:
            while True:
                text = await socket.receive_text()
                for each in connected:
                    await each.send_text(text)
        except WebSocketDisconnect:
            connected.discard(socket)

    gate.app.websocket(FLOOR)(echo)
    return gate


def main(
    messages: Annotated[int, typer.Option(min=1, help="A pass.")] = 100,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    """Measure, print a table, keep the figures; exit code 1 when a message was lost."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-sockets-") as folder, throwaway() as postgres:
        place = Place(free_port(), postgres.create_database("sockets"), "", FOLDER.resolve())
        app = ("--factory", "benchmarks.sockets:create_app")
        command = (*UVICORN, "--port", str(place.port), *app)
        env = {**Switchboard().env(place), **UNLIMITED}
        log = Path(folder) / "server.log"
        with running("sockets", command, env, port=place.port, ready="/readyz", log=log) as up:
            passes = asyncio.run(measure(up, messages, rounds))
    _show(passes)
    kept = json.dumps([asdict(one) for one in passes], indent=1)
    (FOLDER / "sockets.json").write_text(kept)
    if any(one.lost for one in passes):
        raise typer.Exit(1)


async def measure(up: Running, messages: int, rounds: int) -> list[Pass]:
    """A B, A B: a slow minute hits both. The first round is not counted."""
    found = []
    for number in range(rounds + 1):
        for sockets in SIZES:
            name = await _handed_over(up.url)
            for target, say, follow in (
                ("floor", FLOOR, FLOOR),
                ("switchboard", f"/ws/operator/{name}", f"/ws/customer/{name}?customer_id=1"),
            ):
                one = await _pass(up, target, say, [follow] * sockets, messages)
                found += [one] if number else []
    return found


async def _handed_over(url: str) -> str:
    """A conversation that waits for people."""
    body = {"message": "I want to talk to a human", "customer_id": 1}
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=60) as http:
        answer = (await http.post("/v1/chat", json=body)).raise_for_status().json()
    return str(answer["conversation_id"])


async def _pass(up: Running, target: str, say: str, follow: Sequence[str], messages: int) -> Pass:
    sent: dict[str, float] = {}
    took: list[float] = []
    arrived_once = asyncio.Event()

    async def listen(socket: ClientConnection) -> None:
        async for raw in socket:
            arrived = time.perf_counter()
            content = json.loads(raw).get("content")
            if content in sent:
                took.append((arrived - sent[content]) * 1000)
                arrived_once.set()

    async with AsyncExitStack() as stack:
        followers = [await stack.enter_async_context(_open(up.url, path)) for path in follow]
        speaker = await stack.enter_async_context(_open(up.url, say))
        listening = [asyncio.create_task(listen(each)) for each in followers]
        await asyncio.sleep(1)
        before = cpu_s(up.pid)
        for number in range(messages):
            content = f"{target} {len(follow)} {number}"
            sent[content] = time.perf_counter()
            await speaker.send(json.dumps({"type": "message", "content": content}))
            with suppress(TimeoutError):  # the next when it is everywhere: pushes, not a queue
                async with asyncio.timeout(PATIENCE_S):
                    while len(took) < (number + 1) * len(follow):
                        await arrived_once.wait()
                        arrived_once.clear()
        cpu = cpu_s(up.pid) - before
        for task in listening:
            task.cancel()
    return Pass(
        target=target,
        sockets=len(follow),
        p50_ms=percentile(took, 50),
        p95_ms=percentile(took, 95),
        cpu_ms=cpu * 1000 / messages,
        lost=messages * len(follow) - len(took),
    )


@asynccontextmanager
async def _open(url: str, path: str) -> AsyncIterator[ClientConnection]:
    """A socket that has got its first frame, where there is one."""
    headers: Mapping[str, str] = HEADERS
    async with connect(
        url.replace("http", "ws", 1) + path,
        additional_headers=headers,
        compression=None,
        proxy=None,
    ) as socket:
        yield socket


def _show(passes: Sequence[Pass]) -> None:
    table = Table(title="From an operator's message to its arrival", title_justify="left")
    for heading in ("sockets", "target", "p50 ms", "p95 ms", "server's CPU ms", "lost"):
        table.add_column(heading, justify="left" if heading == "target" else "right")
    for sockets in SIZES:
        for target in ("floor", "switchboard"):
            mine = [one for one in passes if (one.target, one.sockets) == (target, sockets)]
            figures = (
                f"{percentile([getattr(one, name) for one in mine], 50):.1f}"
                for name in ("p50_ms", "p95_ms", "cpu_ms")
            )
            lost = str(sum(one.lost for one in mine))
            table.add_row(str(sockets), target, *figures, lost)
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
