"""What routes may ask for: who is calling, with which permission, and the services."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.dependencies.models import Dependant
from limits import RateLimitItem
from starlette.requests import HTTPConnection

from data.db import Connection
from data.errors import RateLimited, Unauthenticated
from server import setting_values
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SAFE_ID
from server.errors import response_headers
from server.limits import RouteClass, address_of, class_of
from server.origins import keep_to_tenant
from server.wiring import Services


def services(request: HTTPConnection) -> Services:
    """Everything that was opened at start-up."""
    opened: Services = request.app.state.services
    return opened


async def principal(request: Request) -> Principal:
    """The caller, looked up once a request.

    Raises:
        Unauthenticated: no credential, or one that is not valid.
        RateLimited: too many requests of this caller's.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        try:
            known = await services(request).authenticator.principal(request.headers)
        except Unauthenticated:
            await limit_address(request, "refused")
            raise
        known = known.calling_from(address_of(request.scope.get("client")))
        request.state.principal = known
        await keep_to_tenant(request.scope, services(request).rules, known.tenant)
        await limit(request, known)
    return known


async def limit(request: HTTPConnection, who: Principal, cost: int = 1) -> None:
    """Count a request of somebody known.

    Raises:
        RateLimited: it is one too many.
    """
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    await count(request, who, class_of(path), cost)


async def count(
    request: HTTPConnection, who: Principal, route_class: RouteClass, cost: int = 1
) -> None:
    """Count what somebody known asks for, whatever the address.

    Whom nobody vouches for is counted by address: a visitor may come as another at any time.

    Raises:
        RateLimited: it is one too many.
    """
    rules = await services(request).rules.of(who.tenant)
    name = who.address or who.party
    await _admit(request, rules.rates.of(route_class), who.tenant, name, route_class, cost=cost)


async def limit_address(
    request: HTTPConnection, what: str, rate: RateLimitItem | None = None
) -> None:
    """Count by its address what nobody known does, such as showing a credential that is not valid.

    Args:
        request: the request.
        what: the kind of thing; each is counted for itself.
        rate: how often; RATE_LIMIT_DEFAULT if it is left out.

    Raises:
        RateLimited: it is one too many.
    """
    asked = rate or setting_values.rate(services(request).settings.rate_limit_default)
    await _admit(request, asked, what, address_of(request.scope.get("client")))


async def stranger(request: Request) -> None:
    """A dependency of doors where people show who they are, and are counted by address till then.

    Raises:
        RateLimited: it is one too many.
    """
    await limit_address(request, "sign-in")


async def _admit(request: HTTPConnection, rate: RateLimitItem, *who: str, cost: int = 1) -> None:
    headers = response_headers(request.scope)
    try:
        standing = await services(request).limits.admit(rate, *who, cost=cost)
    except RateLimited as error:
        headers.update(error.headers)
        raise
    headers.update(standing.headers())


def permitted(*permissions: Permission) -> Callable[..., Awaitable[Principal]]:
    """A dependency that lets only callers with one of the permissions through.

    It carries them as an attribute, so that the OpenAPI document can show every route's own.
    """

    async def check(who: Annotated[Principal, Depends(principal)]) -> Principal:
        who.require(*permissions)
        return who

    check.permissions = permissions  # type: ignore[attr-defined]
    return check


def allow(*permissions: Permission) -> Any:
    """The same, as a route's dependency or argument."""
    return Depends(permitted(*permissions))


def permissions_of(dependant: Dependant) -> tuple[Permission, ...]:
    """What the dependencies of a route ask for; any one of these is enough."""
    asked: tuple[Permission, ...] = getattr(dependant.call, "permissions", ())
    for each in dependant.dependencies:
        asked += permissions_of(each)
    return asked


async def transaction(
    request: Request, who: Annotated[Principal, Depends(principal)]
) -> AsyncIterator[Connection]:
    """One request, one transaction, as the caller's tenant.

    For routes that only touch rows; one that waits for a model opens short ones itself.
    """
    async with services(request).database.transaction(who.tenant) as db:
        yield db


async def ops_transaction(request: Request) -> AsyncIterator[Connection]:
    """The same for the tables outside any tenant: every statement has to name the tenant."""
    async with services(request).database.ops_transaction() as ops:
        yield ops


IdempotencyKey = Annotated[
    str | None,
    Header(pattern=SAFE_ID, description="The same request under the same key is done once"),
]
App = Annotated[Services, Depends(services)]
# scope="function": commit before the answer is sent, or a failed commit would look like success
Db = Annotated[Connection, Depends(transaction, scope="function")]
OpsDb = Annotated[Connection, Depends(ops_transaction, scope="function")]
