"""Where a request really comes from: a proxy's word counts only if the proxy is one of ours."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

LOOPBACK = "127.0.0.1"


class Proxies:
    """ASGI middleware: puts the client's own address into the scope.

    uvicorn does that by itself for whoever connects from this machine, unless it is told not to;
    `switchboard serve` tells it. For `uvicorn server.app:app` what it did is undone here.
    """

    def __init__(self, app: ASGIApp, trusted: list[str]) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]
        self._trusted = self._app.trusted_hosts
        self._default = ProxyHeadersMiddleware(app, LOOPBACK).trusted_hosts  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope["client"] = self._peer(scope)
        await self._app(scope, receive, send)  # type: ignore[arg-type]

    def _peer(self, scope: Scope) -> tuple[str, int] | None:
        peer: tuple[str, int] | None = scope.get("client")
        if not peer or peer[0] in self._trusted:
            return peer
        said = ", ".join(Headers(scope=scope).getlist("x-forwarded-for"))
        # just what uvicorn would have taken from the header: then the peer is this machine
        return (
            (LOOPBACK, 0) if peer[0] == self._default.get_trusted_client_address(said)[0] else peer
        )
