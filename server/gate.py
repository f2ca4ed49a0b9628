"""The gate in front of every door: nothing is read before it is bounded and clean.

Cheapest checks first: the address, the announced size, encoding and type, then the body. JSON and
form bodies are read whole, checked and replayed to the app as they came; an upload streams through
under a running count. Whoever reads the body afterwards can trust it: LangServe, for one, parses
any body as JSON whatever its content type, which is why forms and uploads need a listed address.

Every response gets the request's id. Refusals are problem documents (see `server/errors.py`).
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.errors import Invalid, SwitchboardError, TooLarge, TooSlow, UnsupportedType
from server.errors import render, request_id_of, response_headers
from server.payload import check_encoded, check_json
from server.uploads import Upload

POLICY_VIOLATION = 1008  # the WebSocket close code
MOST_FRAME_BYTES = 128 * 1024  # over a socket: the longest message, each character escaped twice


@dataclass(frozen=True, slots=True)
class GateLimits:
    """How much one request may be and where bodies other than JSON may go.

    Paths are exact, without the app's root path.
    """

    max_json_bytes: int = 1024 * 1024  # forms too
    max_upload_bytes: int = 25 * 1024 * 1024
    max_target_bytes: int = 8 * 1024  # of the path, and of the query
    max_headers: int = 200
    max_header_bytes: int = 32 * 1024  # of all names and values; uvicorn's httptools has no limit
    max_depth: int = 32
    max_values: int = 10_000
    read_deadline_s: float = 15.0  # for the whole body
    upload_deadline_s: float = 120.0  # 25 MiB at 2 Mbit/s
    form_paths: frozenset[str] = frozenset({"/webhooks/whatsapp"})
    upload_paths: frozenset[str] = frozenset({"/v1/knowledge/documents"})


class BodyKind(StrEnum):
    JSON = "application/json"
    FORM = "application/x-www-form-urlencoded"
    UPLOAD = "multipart/form-data"


class Gate:
    """ASGI middleware; goes around the whole app."""

    def __init__(self, app: ASGIApp, limits: GateLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(scope, send))
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id_of(scope)
        try:
            check_head(scope, self.limits)
        except SwitchboardError as error:
            reason = error.code
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": reason})
            return
        await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            admitted = await self._admit(scope, receive, send)
        except SwitchboardError as error:
            await render(scope, error)(scope, receive, send)
        except ClientDisconnect:
            pass  # nobody is left to answer
        else:
            if isinstance(admitted, Upload):
                await admitted.run(self.app, scope)
            else:
                await self.app(scope, admitted, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> Upload | Receive:
        """Everything that can be refused before the app sees the request."""
        limits = self.limits
        check_head(scope, limits)
        headers = Headers(scope=scope)
        kind = body_kind(scope, headers, limits) if _announces_body(headers) else None
        if kind is BodyKind.UPLOAD:
            check_length(headers, limits.max_upload_bytes)
            return Upload(receive, send, limits.max_upload_bytes, limits.upload_deadline_s)
        check_length(headers, limits.max_json_bytes)
        body = await read_body(receive, limits)
        if body:
            check_body(kind or body_kind(scope, headers, limits), body, limits)
        return _replay(body, receive)


def check_head(scope: Scope, limits: GateLimits) -> None:
    """Check the address as it was sent, before the server's decoding papers over mistakes.

    Headers are counted only.

    Raises:
        TooLarge: path or query is longer than `max_target_bytes`, or the headers are too many.
        Invalid: see `check_encoded`; the field is `path` or `query`.
    """
    path = scope.get("raw_path") or scope["path"].encode(errors="surrogatepass")
    for field, raw in (("path", path), ("query", scope["query_string"])):
        if len(raw) > limits.max_target_bytes:
            raise TooLarge(f"{field}: longer than {limits.max_target_bytes} bytes")
        check_encoded(raw, field)
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > limits.max_headers or size > limits.max_header_bytes:
        reason = f"more than {limits.max_headers} or {limits.max_header_bytes} bytes"
        raise TooLarge(f"headers: {reason}")


def body_kind(scope: Scope, headers: Headers, limits: GateLimits) -> BodyKind:
    """What the body claims to be.

    Raises:
        UnsupportedType: it is compressed, or of a type this address does not take.
    """
    if any(value.strip().lower() != "identity" for value in headers.getlist("content-encoding")):
        raise UnsupportedType("content-encoding: send the body uncompressed")
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    accepted = [BodyKind.JSON]
    if path in limits.form_paths:
        accepted.append(BodyKind.FORM)
    if path in limits.upload_paths:
        accepted.append(BodyKind.UPLOAD)
    claimed = headers.get("content-type", "").partition(";")[0].strip().lower()
    if claimed.startswith("application/") and claimed.endswith("+json"):
        return BodyKind.JSON
    for kind in accepted:
        if claimed == kind:
            return kind
    raise UnsupportedType(f"content-type: send {' or '.join(accepted)}")


def check_length(headers: Headers, max_bytes: int) -> None:
    """Refuse by the announced size, so that nothing of it needs to be read.

    Raises:
        TooLarge: more than `max_bytes` are announced.
    """
    announced = headers.get("content-length", "")
    # 19 digits are enough to know, and int() refuses to read 5,000 of them
    if announced.isdecimal() and int(announced[:19]) > max_bytes:
        raise TooLarge(f"body: longer than {max_bytes} bytes")


async def read_body(receive: Receive, limits: GateLimits) -> bytes:
    """Read a whole body of at most `max_json_bytes`, whatever length was announced.

    Raises:
        TooLarge: more arrived.
        TooSlow: it was not complete within `read_deadline_s`.
        ClientDisconnect: the client gave up first.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(limits.read_deadline_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > limits.max_json_bytes:
                    raise TooLarge(f"body: longer than {limits.max_json_bytes} bytes")
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        reason = f"body: not complete after {limits.read_deadline_s:g} s"
        raise TooSlow(reason) from None


def check_body(kind: BodyKind, body: bytes, limits: GateLimits) -> None:
    """Check what was read.

    Raises:
        Invalid: see `server/payload.py`.
    """
    if kind is BodyKind.JSON:
        check_json(body, max_depth=limits.max_depth, max_values=limits.max_values)
    elif kind is BodyKind.FORM:
        check_encoded(body, "body")
    else:  # multipart that no header announced: there is nothing left to stream
        raise Invalid("body", "announce its size in Content-Length")


def _announces_body(headers: Headers) -> bool:
    """A request with neither header has no body in HTTP/1.1; in HTTP/2 it still may."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand over the body in one piece, then whatever comes (a disconnect) as it comes."""
    replayed = False

    async def receive_again() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _with_headers(scope: Scope, send: Send) -> Send:
    """Add the request's id, and what `response_headers` was given, to whatever is answered."""
    given = response_headers(scope)
    given["x-request-id"] = request_id_of(scope)

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            known = {name for name, _ in headers}
            added = ((name.lower().encode(), value.encode()) for name, value in given.items())
            headers += [header for header in added if header[0] not in known]
            message = {**message, "headers": headers}
        await send(message)

    return send_with_headers
