"""What an upload that is refused half-way looks like to apps that behave in other ways."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from data.errors import TooLarge
from server.gate import Gate, GateLimits

LIMITS = GateLimits(max_upload_bytes=10, upload_paths=frozenset({"/files"}))
START: Message = {"type": "http.response.start", "status": 200, "headers": []}


class Client:
    """Sends 5 bytes a time without end and keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[Message] = []

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"12345", "more_body": True}

    async def send(self, message: Message) -> None:
        self.got.append(message)


def scope_of(content_type: bytes = b"multipart/form-data; boundary=x") -> Scope:
    headers = [(b"content-type", content_type), (b"transfer-encoding", b"chunked")]
    return {"type": "http", "path": "/files", "query_string": b"", "headers": headers}


async def test_an_app_that_lets_the_error_through_is_answered_for() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    client = Client()
    await Gate(app, LIMITS)(scope_of(), client.receive, client.send)
    assert client.got[0]["status"] == 413


async def test_an_app_that_swallows_the_error_is_answered_for() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            while True:
                await receive()
        except TooLarge:
            await send(START)

    client = Client()
    await Gate(app, LIMITS)(scope_of(), client.receive, client.send)
    assert [message.get("status") for message in client.got] == [413, None]


async def test_an_answer_that_has_begun_is_not_answered_twice() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        while True:
            await receive()

    client = Client()
    with pytest.raises(TooLarge):
        await Gate(app, LIMITS)(scope_of(), client.receive, client.send)
    assert [message["status"] for message in client.got] == [200]


async def test_a_bug_of_the_app_is_the_apps() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    client = Client()
    with pytest.raises(ZeroDivisionError):
        await Gate(app, LIMITS)(scope_of(), client.receive, client.send)
