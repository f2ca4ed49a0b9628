"""Opening a socket: who it is, from which page, and whether they still may.

A browser cannot set headers on a WebSocket, so a page shows its token among the subprotocols it
offers (`["switchboard", "bearer.<token>"]`), where it stands in no address, history or access log.
A refusal comes as a close code after the handshake: of a refused handshake a page learns nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from fastapi import Depends, Query
from starlette.websockets import WebSocket

from data.errors import Forbidden, SwitchboardError, Unauthenticated
from server.access import limit, limit_address, services
from server.auth.authenticator import API_KEY, VISITOR, Authenticator
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.auth.tokens import Visitor, visitor_token
from server.errors import close_code
from server.limits import address_of
from server.tenant_rules import AllRules

PROTOCOL = "switchboard"
SHOWN_AS = {"bearer.": "authorization", "conversation.": VISITOR}

CustomerId = Annotated[
    int | None, Query(ge=1, le=2**62, description="Only with a key that may act for customers")
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who opened a socket, by credentials that are looked at again and again.

    `token` is a new visitor's, to come back with; None for everybody else.
    """

    who: Principal
    permissions: tuple[Permission, ...]
    credentials: Mapping[str, str]
    token: str | None = None
    customer_id: int | None = None

    def acting_for(self, customer_id: int | None) -> Self:
        """A back end, speaking for one of the tenant's customers.

        Raises:
            Forbidden: it may not.
        """
        if customer_id is None:
            return self
        return replace(self, who=self.who.acting_for(customer_id), customer_id=customer_id)

    async def again(self, authenticator: Authenticator) -> Principal:
        """The same caller, as the credential says by now.

        Raises:
            Unauthenticated: it expired or was revoked, or is another party's.
            Forbidden: what it may has become less.
        """
        found = await authenticator.principal(self.credentials)
        found.require(*self.permissions)
        if self.customer_id is not None:
            found = found.acting_for(self.customer_id)
        if (found.tenant, found.party) != (self.who.tenant, self.who.party):
            raise Unauthenticated("this credential is somebody else's by now; connect again")
        return replace(found, address=self.who.address)


def allow_socket(*permissions: Permission) -> Any:
    """A route's dependency: accepts the socket and finds out who calls.

    It carries the permissions as an attribute, as those of other routes do.
    """

    async def check(socket: WebSocket) -> Caller:
        offered = PROTOCOL in socket.scope.get("subprotocols", ())
        await socket.accept(PROTOCOL if offered else None)
        try:
            return await _caller(socket, permissions)
        except SwitchboardError as error:
            services(socket).exchange.traffic.closed(close_code(error))
            raise

    check.permissions = permissions  # type: ignore[attr-defined]
    return Depends(check)


def credentials_in(headers: Mapping[str, str], subprotocols: list[str]) -> dict[str, str]:
    """The credentials of a handshake, named as the headers that usually hold them.

    >>> credentials_in({}, ["switchboard", "bearer.abc"])
    {'authorization': 'Bearer abc'}
    """
    found = {name: headers[name] for name in (API_KEY, "authorization", VISITOR) if name in headers}
    for protocol in subprotocols:
        for prefix, name in SHOWN_AS.items():
            if protocol.startswith(prefix):
                token = protocol.removeprefix(prefix)
                found.setdefault(name, f"Bearer {token}" if prefix == "bearer." else token)
    return found


def same_origin(origin: str, host: str) -> bool:
    """Whether a page comes from the very server it calls.

    >>> same_origin("https://help.example:8000", "help.example:8000")
    True
    """
    return bool(host) and urlsplit(origin).netloc.lower() == host.lower()


async def _caller(socket: WebSocket, permissions: tuple[Permission, ...]) -> Caller:
    """Who calls, counted as a request of theirs.

    Raises:
        Unauthenticated: no credential, or one that is not valid.
        Forbidden: the role may not, or the page is none of the tenant's.
        RateLimited: too many requests.
    """
    opened = services(socket)
    credentials = credentials_in(socket.headers, socket.scope.get("subprotocols", []))
    try:
        who = await opened.authenticator.principal(credentials)
    except Unauthenticated:
        await limit_address(socket, "refused")
        raise
    who = who.calling_from(address_of(socket.scope.get("client")))
    await _check_origin(socket, opened.rules, who.tenant)
    await limit(socket, who)
    who.require(*permissions)
    if not who.newcomer:
        return Caller(who, permissions, credentials)
    token = visitor_token(opened.authenticator.secrets.visitors, Visitor(who.tenant, who.party))
    return Caller(replace(who, newcomer=False), permissions, {VISITOR: token}, token)


async def _check_origin(socket: WebSocket, rules: AllRules, tenant: str) -> None:
    origin = socket.headers.get("origin")
    if origin is None or same_origin(origin, socket.headers.get("host", "")):
        return
    if origin not in (await rules.of(tenant)).origins:
        raise Forbidden("the tenant does not list this page's origin; see CORS_ORIGINS")
