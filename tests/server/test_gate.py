"""The gate over real HTTP, in front of a JSON route, a LangServe route, an upload and a query."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server.bad_requests import (
    BAD_BODIES,
    BAD_TEXTS,
    JSON,
    MARKER,
    BadBody,
    BadText,
    M,
)
from tests.server.gated import DEADLINE_S, Doors, serve, speak

ROUTES = {"/notes": "text", "/support/invoke": "input.text", "/support/stream": "input.text"}
FILE_HEAD = (
    b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n'
    b"content-type: text/plain\r\n\r\n"
)
FILE_TAIL = b"\r\n--x--\r\n"
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
CLOSE = b"host: localhost\r\nconnection: close\r\n"


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
def _nothing_is_seen_or_logged(
    doors: Doors, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> Iterator[None]:
    """A refused request reaches no route; no request of this file is worth an error in the log."""
    doors.seen.clear()
    yield
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
    if "refused" in request.function.__name__:
        assert doors.seen == []


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The checked problem document of a refusal."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["type"].startswith("/problems/")
    assert document["request_id"] == response.headers["x-request-id"]
    assert len(response.content) < 2000
    assert MARKER not in response.text + str(response.headers)
    return document


def fields(document: dict[str, Any]) -> list[str]:
    return [error["field"] for error in document["errors"]]


def nested(path: str, value: bytes) -> bytes:
    for key in reversed(path.split(".")):
        value = b'{"%s": %s}' % (key.encode(), value)
    return value


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("bad", BAD_TEXTS, ids=lambda bad: bad.name)
def test_a_bad_text_is_refused_by_its_path(client: httpx.Client, route: str, bad: BadText) -> None:
    body = nested(ROUTES[route], bad.value)
    document = problem(client.post(route, content=body, headers=JSON), 422)
    assert fields(document) == [ROUTES[route] + bad.below]


@pytest.mark.parametrize("route", [*ROUTES, "/support/batch"])
@pytest.mark.parametrize("bad", BAD_BODIES, ids=lambda bad: bad.name)
def test_a_bad_body_is_refused(client: httpx.Client, route: str, bad: BadBody) -> None:
    response = client.post(route, content=bad.body, headers=bad.headers)
    document = problem(response, bad.status)
    assert document["detail"].startswith(f"{bad.named}: ")
    if bad.status == 422:
        assert fields(document) == [bad.named]


@pytest.mark.parametrize("bad", BAD_TEXTS, ids=lambda bad: bad.name)
def test_a_bad_text_in_a_batch_is_refused_by_its_path(client: httpx.Client, bad: BadText) -> None:
    body = b'{"inputs": [{"text": "fine"}, {"text": %s}]}' % bad.value
    document = problem(client.post("/support/batch", content=body, headers=JSON), 422)
    assert fields(document) == ["inputs[1].text" + bad.below]


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/notes", {}, "text"),
        ("/support/invoke", {}, "input"),
        ("/support/invoke", {"input": None}, "input"),
        ("/support/invoke", {"input": {}}, "input.text"),
        ("/support/invoke", {"input": {"text": "x"}, "config": None}, "config"),
        ("/support/stream", {"input": {"text": "x"}, "config": None}, "config"),
        ("/support/invoke", {"input": {"text": "x"}, "config": [MARKER]}, "config"),
        ("/support/batch", {}, "inputs"),
        ("/support/batch", {"inputs": None}, "inputs"),
        ("/support/batch", {"inputs": MARKER}, "inputs"),
        ("/support/batch", {"inputs": {"text": MARKER}}, "inputs"),
        ("/support/batch", {"inputs": [{"text": "x"}, MARKER]}, "inputs[1]"),
        ("/support/batch", {"inputs": [{"text": "x"}] * 101}, "inputs"),
        ("/support/batch", {"inputs": [{"text": "x"}], "config": 5}, "config"),
        ("/support/invoke", {"input": {"text": "x"}, "confg": {}}, "confg"),
        ("/support/stream", {"input": {"text": "x"}, "thread_id": "a"}, "thread_id"),
        ("/support/batch", {"inputs": [{"text": "x"}], "input": {}}, "input"),
    ],
)
def test_a_wrong_shape_is_refused_by_its_path(
    client: httpx.Client, path: str, body: object, named: str
) -> None:
    assert fields(problem(client.post(path, json=body), 422))[0].startswith(named)


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("/items/%00" + MARKER, "path"),
        ("/items/%ff" + MARKER, "path"),
        ("/items/%ed%a0%80", "path"),
        ("/items/%zz" + MARKER, "path"),
        ("/items/100%", "path"),
        ("/nowhere/%1b" + MARKER, "path"),
        ("/search?q=%00" + MARKER, "query"),
        ("/search?q=%c3%28" + MARKER, "query"),
        ("/search?q=100%" + MARKER, "query"),
        ("/search?q=%0" + MARKER, "query"),
        ("/search?%00=" + MARKER, "query"),
        ("/search?limit=5", "query.q"),
        ("/search?q=a&limit=" + MARKER, "query.limit"),
        ("/search?q=a&limit=0", "query.limit"),
        ("/search?q=a&limit=" + "9" * 5000, "query.limit"),
    ],
)
def test_a_bad_target_is_refused(port: int, target: str, named: str) -> None:
    received = speak(port, b"GET %s HTTP/1.1\r\n%s\r\n" % (target.encode(), CLOSE))
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 422 ")
    assert b"application/problem+json" in head
    assert M not in received
    assert fields(json.loads(body)) == [named]


def test_a_query_of_more_than_8_kib_is_refused(client: httpx.Client) -> None:
    document = problem(client.get("/search", params={"q": MARKER * 1000}), 413)
    assert document["detail"] == "query: longer than 8192 bytes"


def test_a_path_of_more_than_8_kib_is_refused(client: httpx.Client) -> None:
    document = problem(client.get("/items/" + MARKER * 1000), 413)
    assert document["detail"] == "path: longer than 8192 bytes"


@pytest.mark.parametrize(
    "headers",
    [{"x-big": MARKER * 4000}, {f"x-{i}": MARKER for i in range(200)}],
    ids=["long", "many"],
)
def test_headers_without_measure_are_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    document = problem(client.get("/search", params={"q": "x"}, headers=headers), 413)
    assert document["detail"] == "headers: more than 200 or 32768 bytes"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET", "TRACE"])
@pytest.mark.parametrize("route", ["/notes", "/support/invoke"])
def test_a_wrong_method_is_refused_with_those_allowed(
    client: httpx.Client, route: str, method: str
) -> None:
    response = client.request(method, route, json={"text": MARKER})
    assert problem(response, 405)["type"] == "/problems/method_not_allowed"
    assert response.headers["allow"] == "POST"


def test_an_unknown_address_is_refused(client: httpx.Client) -> None:
    document = problem(client.post("/nowhere", json={"text": MARKER}), 404)
    assert document["type"] == "/problems/not_found"


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_never_ends_is_refused(port: int, route: str) -> None:
    head = b"POST %s HTTP/1.1\r\n%s" % (route.encode(), CLOSE)
    head += b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert speak(port, head, *[chunk] * 40, b"0\r\n\r\n").startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_comes_too_slowly_is_refused(port: int, route: str) -> None:
    head = b"POST %s HTTP/1.1\r\nhost: localhost\r\n" % route.encode()
    head += b"content-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    received = speak(port, head, *[b" "] * 8, pause_s=DEADLINE_S / 5)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in received.lower()
    assert b'"/problems/too_slow"' in received


def test_an_announced_length_that_is_too_long_is_refused_before_a_byte_is_sent(port: int) -> None:
    head = b"POST /notes HTTP/1.1\r\n" + CLOSE + b"content-type: application/json\r\n"
    head += b"expect: 100-continue\r\ncontent-length: 12000000\r\n\r\n"
    assert speak(port, head).startswith(b"HTTP/1.1 413 ")


def test_an_announced_length_that_is_too_short_is_refused(port: int) -> None:
    head = b"POST /notes HTTP/1.1\r\nhost: localhost\r\n"
    head += b"content-type: application/json\r\ncontent-length: 5\r\n\r\n"
    received = speak(port, head, b'{"text": "' + M + b'"}')
    # the server itself says 400 when it sees the rest, which is no request, before we answer
    assert received.startswith((b"HTTP/1.1 422 ", b"HTTP/1.1 400 "))
    assert M not in received


@pytest.mark.parametrize("size", [2 * 1024 * 1024, 3 * 1024 * 1024])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_an_upload_that_is_too_long_is_refused(
    client: httpx.Client, size: int, chunked: bool
) -> None:
    content = FILE_HEAD + b"a" * size + FILE_TAIL
    pieces = iter([content[i : i + 100_000] for i in range(0, len(content), 100_000)])
    body = pieces if chunked else content
    document = problem(client.post("/files", content=body, headers=MULTIPART), 413)
    assert document["detail"] == "body: longer than 2097152 bytes"


def test_an_upload_that_comes_too_slowly_is_refused(port: int) -> None:
    head = b"POST /files HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9000\r\n"
    head += b"content-type: multipart/form-data; boundary=x\r\n\r\n"
    received = speak(port, head, FILE_HEAD, *[b"a"] * 8, pause_s=DEADLINE_S / 5)
    assert received.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"no multipart at all", MULTIPART),
        pytest.param(
            FILE_HEAD + b"cut",
            MULTIPART,
            # Starlette leaves the file of a cut part to the garbage collector
            marks=pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
        ),
        (FILE_HEAD + M + FILE_TAIL, {"content-type": "multipart/form-data"}),
    ],
)
def test_a_broken_upload_is_refused(
    client: httpx.Client, body: bytes, headers: dict[str, str]
) -> None:
    problem(client.post("/files", content=body, headers=headers), 422)


def test_an_upload_streams_through(client: httpx.Client, doors: Doors) -> None:
    file = bytes(range(256)) * 4000
    response = client.post("/files", files={"file": ("a.bin", file)})
    assert response.json() == len(file)
    assert doors.seen == [file]


@pytest.mark.parametrize("form", [b"text=a%00", b"text=%ff", b"text=a%ed%a0%80", b"text=5%"])
def test_a_bad_form_is_refused(client: httpx.Client, form: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert fields(problem(client.post("/form", content=form, headers=headers), 422)) == ["body"]


def test_a_form_passes_where_it_is_expected(client: httpx.Client) -> None:
    assert client.post("/form", data={"text": "50 % of 🙂\r\n"}).json() == "50 % of 🙂\r\n"
