"""A scripted model behind real HTTP, in a thread of its own or as a process.

python -m evals.models.server slow_writer --port 9000 --tool create_ticket
"""

import argparse
import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import Any

import uvicorn

from evals.models import wire
from evals.models.script import Answer, Raw, Reply, Request, Script
from evals.models.scripts import SCRIPTS

PATH = "/v1/chat/completions"
START_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A running scripted model. `requests` grows as they arrive."""

    url: str
    """For `base_url`: ends in `/v1`."""
    requests: list[Request] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ModelApp:
    """ASGI: `POST /v1/chat/completions`, and `GET /asked` with the number of requests so far."""

    script: Script
    requests: list[Request]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/asked":
            asked = json.dumps({"requests": len(self.requests)}).encode()
            await _send_raw(send, Raw(body=asked, headers=wire.JSON))
            return
        if scope["path"] != PATH:
            missing = wire.error("not_found", f"only {PATH} is served")
            await _send_raw(send, Raw(status=404, body=missing, headers=wire.JSON))
            return
        request = Request(json.loads(await _body(receive)))
        self.requests.append(request)
        answer = self.script.answer(request)
        await asyncio.sleep(answer.delay_s)
        await _send(send, request, answer)


@asynccontextmanager
async def serve(script: Script, port: int = 0) -> AsyncIterator[ModelServer]:
    """Serve the script on a free port of this machine until the block ends.

    In a thread with a loop of its own, so that a test that blocks does not stop its model.
    Requests that are still waiting at the end, a silence for one, are dropped.
    """
    listener = socket.create_server(("127.0.0.1", port))
    model = ModelServer(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
    server = uvicorn.Server(_config(ModelApp(script, model.requests)))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
                await asyncio.sleep(0.005)
        yield model
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)


def _config(app: ModelApp) -> uvicorn.Config:
    return uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )


async def _body(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Any, request: Request, answer: Answer) -> None:
    if isinstance(answer, Raw):
        await _send_raw(send, answer)
    elif request.streamed:
        await _send_stream(send, request, answer)
    else:
        await _send_raw(send, Raw(body=wire.whole(request, answer), headers=wire.JSON))


async def _send_raw(send: Any, raw: Raw) -> None:
    await send(_start(raw))
    # an app that returns while it promised more makes uvicorn drop the connection
    await send({"type": "http.response.body", "body": raw.body, "more_body": raw.cut})


async def _send_stream(send: Any, request: Request, reply: Reply) -> None:
    await send(_start(Raw(headers=wire.EVENTS)))
    for event in wire.events(request, reply):
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _start(raw: Raw) -> dict[str, Any]:
    headers = [(name.encode(), value.encode()) for name, value in raw.headers.items()]
    return {"type": "http.response.start", "status": raw.status, "headers": headers}


async def _serve_for_ever(script: Script, port: int) -> None:
    async with serve(script, port) as model:
        print(f"listening on {model.url}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one script until the process is killed; an option a script lacks is refused."""
    parser = argparse.ArgumentParser(prog="python -m evals.models.server")
    parser.add_argument("script", choices=sorted(SCRIPTS))
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--delay-s", type=float, help="wait before every answer")
    parser.add_argument("--silence-s", type=float, help="garbage: how long it says nothing")
    parser.add_argument("--text", help="plain: what it says")
    parser.add_argument("--tool", help="looping, slow_writer: which tool it asks for")
    parser.add_argument("--arguments", type=json.loads, help="looping, slow_writer: JSON object")
    chosen = vars(parser.parse_args(arguments))
    script, port = SCRIPTS[chosen.pop("script")], chosen.pop("port")
    given = {name: value for name, value in chosen.items() if value is not None}
    unknown = given.keys() - {f.name for f in fields(script)}  # type: ignore[arg-type]
    if unknown:
        parser.error(f"this script takes no {', '.join(sorted(unknown))}")
    asyncio.run(_serve_for_ever(script(**given), port))


if __name__ == "__main__":
    main()
