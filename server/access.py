"""What routes may ask for: who is calling, with which permission, and the services."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from data.db import Connection
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.wiring import Services


def services(request: Request) -> Services:
    """Everything that was opened at start-up."""
    opened: Services = request.app.state.services
    return opened


async def principal(request: Request) -> Principal:
    """The caller, looked up once a request.

    Raises:
        Unauthenticated: no credential, or one that is not valid.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        known = await services(request).authenticator.principal(request.headers)
        request.state.principal = known
    return known


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


App = Annotated[Services, Depends(services)]
# scope="function": commit before the answer is sent, or a failed commit would look like success
Db = Annotated[Connection, Depends(transaction, scope="function")]
OpsDb = Annotated[Connection, Depends(ops_transaction, scope="function")]
