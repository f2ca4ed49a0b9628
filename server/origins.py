"""Which pages may call the API from a browser (CORS).

A preflight carries no credential, so nobody knows yet whose request it announces: it is granted
where any tenant lists the origin, and tells no more than that. The request itself is answered to
the page only if the tenant of its credential lists the origin; an answer of no tenant's (an error,
health) to pages that any tenant lists. Credentials travel in headers that a page has to know, never
in cookies, so `Access-Control-Allow-Credentials` is never sent.
"""

import logging

from psycopg import OperationalError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from data.errors import Forbidden
from server.errors import render, response_headers
from server.tenant_rules import AllRules

logger = logging.getLogger(__name__)

ALLOW_ORIGIN = "access-control-allow-origin"
EXPOSED = {
    "access-control-expose-headers": "Location, Preference-Applied, RateLimit-Limit,"
    " RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-ID"
}
PREFLIGHT = {
    "access-control-allow-methods": "DELETE, GET, PATCH, POST, PUT",
    "access-control-allow-headers": "Accept, Authorization, Content-Type, Idempotency-Key, Prefer,"
    " X-API-Key, X-Conversation-Token, X-Request-ID",
    "access-control-max-age": "600",
}


class CrossOrigin:
    """ASGI middleware inside the application: answers preflights, and marks other answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin")
        if origin is None:
            await self._app(scope, receive, send)
            return
        answered = response_headers(scope)
        answered["vary"] = "Origin"
        listed = await _listed(scope, origin)
        if listed:
            answered[ALLOW_ORIGIN] = origin
            answered.update(EXPOSED)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            refusal = Forbidden("no tenant lists this origin; see CORS_ORIGINS")
            answer = Response(None, 204, PREFLIGHT) if listed else render(scope, refusal)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def keep_to_tenant(scope: Scope, rules: AllRules, tenant: str) -> None:
    """Now that the tenant is known: only the pages that it lists get to read the answer."""
    answered = response_headers(scope)
    origin = answered.get(ALLOW_ORIGIN)
    if origin is not None and origin not in (await rules.of(tenant)).origins:
        for name in (ALLOW_ORIGIN, *EXPOSED):
            del answered[name]


async def _listed(scope: Scope, origin: str) -> bool:
    try:
        return origin in await scope["app"].state.services.rules.all_origins()
    except OperationalError:
        logger.warning("origins_unknown")  # the request will find the database gone itself
        return False
