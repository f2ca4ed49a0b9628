"""What the gate must not touch: valid requests, request ids, sockets, whoever gives up."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import websockets
from langserve import RemoteRunnable
from starlette.types import Message, Receive, Scope, Send

from server.gate import Gate, GateLimits, read_body
from tests.server.bad_requests import JSON
from tests.server.gated import Doors, serve, speak

HIGHEST, LOWEST = 2**63 - 1, -(2**63)


@pytest.fixture(scope="module")
def doors() -> Doors:
    return Doors()


@pytest.fixture(scope="module")
def port(doors: Doors) -> Iterator[int]:
    with serve(doors) as port:
        yield port


@pytest.fixture(scope="module")
def client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        yield client


@pytest.fixture(autouse=True)
def _nothing_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "document",
    [
        "😀 👩‍👩‍👧 e\u0301 \ufffe \U0010ffff",
        "مرحبا שלום \u202eabc\u202c",
        'line\nline\r\n\ttab \\ " \\u0000 / \x7f \x85',
        {"C:\\bin\\file": 'a: b, "c": d', "": "empty key", "a b": 1},
        {"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]},
        [HIGHEST, LOWEST, 0, -1, 1.5, 1e-300, 5e-324, 9.2e18, 0.1 + 0.2],
        [True, False, None, "", [], {}],
        5,
        None,
        nested(32),
        list(range(9_999)),  # 10,000 values with the list itself
        {"k" * 256: 1},
        "a" * (1024 * 1024 - 2),  # with its quotes exactly the limit
    ],
    ids=lambda document: repr(document)[:30],
)
@pytest.mark.parametrize("escaped", [False, True], ids=["as UTF-8", "escaped"])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_a_valid_document_passes_unchanged(
    client: httpx.Client, doors: Doors, document: object, escaped: bool, chunked: bool
) -> None:
    body = json.dumps(document, ensure_ascii=escaped).encode()
    doors.seen.clear()
    content = iter([body[:7], body[7:]]) if chunked else body
    response = client.post("/echo", content=content, headers=JSON)
    assert response.status_code == 200, response.text[:300]
    assert doors.seen == [body]
    assert response.json() == document


@pytest.mark.parametrize(
    "content_type", ["Application/JSON", "application/json; charset=utf-8", "application/ld+json"]
)
def test_every_kind_of_json_is_json(client: httpx.Client, content_type: str) -> None:
    response = client.post(
        "/notes", content=b'{"text": "x"}', headers={"content-type": content_type}
    )
    assert response.json() == {"text": "x"}


def test_identity_is_an_encoding(client: httpx.Client) -> None:
    headers = JSON | {"content-encoding": "Identity"}
    assert client.post("/notes", content=b'{"text": "x"}', headers=headers).status_code == 200


def test_a_route_without_a_body_takes_a_client_that_always_says_json(client: httpx.Client) -> None:
    assert client.post("/press", headers=JSON).json() == "pressed"
    assert client.get("/search", params={"q": "x"}, headers=JSON).json() == "20 x"


@pytest.mark.parametrize("text", ["50 % of مرحبا", "a+b&c=d", "two\nlines\t", "😀" * 600])
def test_query_and_path_take_any_text(client: httpx.Client, text: str) -> None:
    assert client.get("/search", params={"q": text}).json() == f"20 {text}"
    assert client.get("/items/" + quote(text, safe="")).json() == text


def test_langserve_clients_work_through_the_gate(port: int) -> None:
    remote = RemoteRunnable[dict[str, str], Any](f"http://127.0.0.1:{port}/support")
    assert remote.invoke({"text": "hello"}) == {"content": "You wrote 5 characters"}
    assert remote.batch([{"text": "a"}, {"text": "ab"}]) == [
        {"content": "You wrote 1 characters"},
        {"content": "You wrote 2 characters"},
    ]
    assert list(remote.stream({"text": "abc"})) == [{"content": "You wrote 3 characters"}]


def test_a_connection_is_kept_after_a_refusal(port: int) -> None:
    bad = b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
    good = b"GET /search?q=x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    received = speak(port, bad, good)
    assert received.startswith(b"HTTP/1.1 415 ")
    assert b"HTTP/1.1 200 OK" in received


@pytest.mark.parametrize("path", ["/search?q=x", "/search", "/nowhere", "/search?q=%00", "/bug"])
def test_every_response_has_the_callers_request_id(client: httpx.Client, path: str) -> None:
    response = client.get(path, headers={"x-request-id": "shop-42:a.b_c"})
    assert response.headers.get_list("x-request-id") == ["shop-42:a.b_c"]


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, "<b>", "a\tb", "ü"])
def test_an_unsafe_request_id_is_replaced(client: httpx.Client, given: str) -> None:
    first = client.get("/nowhere", headers=[(b"x-request-id", given.encode())])
    second = client.get("/nowhere", headers=[(b"x-request-id", given.encode())])
    ids = {r.headers["x-request-id"] for r in (first, second)}
    assert len(ids) == 2
    assert all(len(i) == 32 for i in ids)
    assert first.json()["request_id"] == first.headers["x-request-id"]


async def test_a_socket_passes(port: int) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws?q=%F0%9F%99%82") as socket:
        await socket.send("\x00 is for the socket to judge")
        assert await socket.recv() == "🙂 \x00 is for the socket to judge"


@pytest.mark.parametrize("target", ["/ws?q=%00", "/ws?q=%ff", "/ws%zz"])
async def test_a_socket_with_a_bad_target_is_closed(port: int, target: str) -> None:
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await websockets.connect(f"ws://127.0.0.1:{port}{target}")


async def test_a_client_that_gives_up_reaches_no_route() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    scope: Scope = {"type": "http", "path": "/notes", "query_string": b"", "headers": []}
    scope["headers"] = [(b"content-length", b"9"), (b"content-type", b"application/json")]
    await Gate(app, GateLimits())(scope, receive, send)


async def test_an_unannounced_body_is_checked_as_well() -> None:
    """HTTP/2 has bodies without a length header."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"[NaN]"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    for content_type, status in ((b"application/json", 422), (b"text/plain", 415)):
        headers = [(b"content-type", content_type)]
        scope: Scope = {"type": "http", "path": "/", "query_string": b"", "headers": headers}
        await Gate(app, GateLimits())(scope, receive, send)
        assert sent[-2]["status"] == status


async def test_the_app_still_hears_of_a_disconnect() -> None:
    arriving: list[Message] = [{"type": "http.request", "body": b"[]"}, {"type": "http.disconnect"}]
    heard: list[str] = []

    async def receive() -> Message:
        return arriving.pop(0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])

    async def send(message: Message) -> None:
        raise AssertionError

    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    scope: Scope = {"type": "http", "path": "/", "query_string": b"", "headers": headers}
    await Gate(app, GateLimits())(scope, receive, send)
    assert heard == ["http.request", "http.disconnect"]


async def test_a_body_in_a_million_pieces_stays_within_the_deadline() -> None:
    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": True}

    with pytest.raises(Exception, match=r"body: not complete after 0\.1 s"):
        await read_body(receive, GateLimits(read_deadline_s=0.1))
