"""A small app behind the gate, with every kind of door, on a free port of this machine."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Form, Query, Request, UploadFile, WebSocket
from langchain_core.runnables import RunnableLambda
from langserve import CustomUserType, add_routes
from pydantic import BaseModel, Field

from server.envelope import check_envelope
from server.errors import PROBLEM_RESPONSES, install_error_handlers
from server.gate import Gate, GateLimits

START_TIMEOUT_S = 10.0
DEADLINE_S = 1.0
LIMITS = GateLimits(
    max_upload_bytes=2 * 1024 * 1024,
    read_deadline_s=DEADLINE_S,
    upload_deadline_s=DEADLINE_S,
    form_paths=frozenset({"/form"}),
    upload_paths=frozenset({"/files"}),
)


class Note(CustomUserType):  # LangServe would pass a plain model on as a dict
    text: str = Field(max_length=2_000_000)


class Answer(BaseModel):
    content: str


class Doors:
    """The app and what came through to it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        app = FastAPI(responses=PROBLEM_RESPONSES)
        install_error_handlers(app)
        app.post("/notes")(self.write_note)
        app.post("/echo")(self.echo)
        app.post("/press")(self.press)
        app.post("/files")(self.upload)
        app.post("/form")(self.fill_form)
        app.get("/search")(self.search)
        app.get("/items/{name}")(self.item)
        app.websocket("/ws")(self.talk)
        add_routes(
            app,
            RunnableLambda(self.answer).with_types(input_type=Note, output_type=Answer),
            path="/support",
            enabled_endpoints=("invoke", "batch", "stream"),
            dependencies=[Depends(check_envelope(Note))],
        )
        self.app = app

    async def write_note(self, note: Note) -> Note:
        self.seen.append(note)
        return note

    async def echo(self, request: Request) -> Any:
        self.seen.append(await request.body())
        return await request.json()

    async def press(self) -> str:
        return "pressed"

    async def upload(self, file: UploadFile) -> int:
        content = await file.read()
        self.seen.append(content)
        return len(content)

    async def fill_form(self, text: Annotated[str, Form()]) -> str:
        self.seen.append(text)
        return text

    async def search(self, q: str, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> str:
        self.seen.append(q)
        return f"{limit} {q}"

    async def item(self, name: str) -> str:
        self.seen.append(name)
        return name

    async def talk(self, socket: WebSocket, q: str = "") -> None:
        await socket.accept()
        await socket.send_text(f"{q} {await socket.receive_text()}")
        await socket.close()

    async def answer(self, note: Note) -> Answer:
        self.seen.append(note)
        return Answer(content=f"You wrote {len(note.text)} characters")


@contextmanager
def serve(doors: Doors) -> Iterator[int]:
    """Serve behind the gate from a thread; yields the port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(Gate(doors.app, LIMITS), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until = time.monotonic() + START_TIMEOUT_S
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def speak(port: int, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    """Send bytes as they are, with a pause between the pieces, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except ConnectionError:
                break  # refused already
            time.sleep(pause_s)
        received = b""
        # the server closes with bytes unread, which resets the connection after its answer
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                received += piece
        return received
