"""A business action, declared once as a value: what it does, what it needs, how it is run.

A model's tool call runs through `perform`, a request of people or back ends through
`tools.request.carry_out`: validation, permission, identity, idempotency and audit are in one place,
before the database is touched.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from data import turns, writes
from data.db import Database
from data.errors import Forbidden, LeaseLost, NeedsVerification, SwitchboardError
from data.records import plain
from data.scope import Identity, Scope
from tools.permissions import PERMISSIONS

GIVEN_BY_CODE = ("db", "scope")  # never by a model or a client


class Effect(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Change:
    """What the body of a WRITE returns: `after` is also what the caller gets to see.

    `customer_id` is whose data it holds, where that is not the customer who asked.
    """

    before: Any
    after: Any
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Where in a turn an operation is asked for.

    `key` is made of turn, round and position, never of an id a model made up, so a repeated
    turn finds its own writes. `lease_token` fences a WRITE off once the turn's lease is lost.
    """

    key: str
    turn_id: UUID
    lease_token: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation came to. `refused` holds an error code when nothing was done."""

    operation: str
    result: Any
    refused: str | None = None


@dataclass(frozen=True)
class Operation:
    """`reads` and `writes` name tables (`orders`) and columns (`tickets.status`).

    A READ whose body takes no `db` awaits something else first, such as a model: it is run
    outside a transaction and opens its own.
    """

    body: Callable[..., Awaitable[Any]]
    effect: Effect
    needs: Identity
    reads: frozenset[str]
    writes: frozenset[str]

    @property
    def name(self) -> str:
        return self.body.__name__

    @property
    def description(self) -> str:
        """The docstring's first paragraph: what a model is told."""
        return (inspect.getdoc(self.body) or "").partition("\n\n")[0]

    @cached_property
    def in_transaction(self) -> bool:
        """Whether the body is given `db`."""
        return "db" in inspect.signature(self.body).parameters

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The parameters a caller may give, without those that code gives."""
        hints = get_type_hints(self.body, include_extras=True)
        parameters = {
            name: (hints[name], ... if p.default is inspect.Parameter.empty else p.default)
            for name, p in inspect.signature(self.body).parameters.items()
            if name not in GIVEN_BY_CODE
        }
        fields: Any = parameters
        return create_model(self.name, __config__=ConfigDict(extra="forbid"), **fields)


def operation(
    effect: Effect,
    *,
    needs: Identity = Identity.ANONYMOUS,
    reads: tuple[str, ...] = (),
    writes: tuple[str, ...] = (),
) -> Callable[[Callable[..., Awaitable[Any]]], Operation]:
    """Declare a business action. The decorated function stays callable as `operation.body`."""

    def declare(body: Callable[..., Awaitable[Any]]) -> Operation:
        return Operation(body, effect, needs, frozenset(reads), frozenset(writes))

    return declare


def check(action: Operation, scope: Scope) -> None:
    """May this role do that at all, and is the customer known well enough?

    Raises:
        Forbidden: the role's permissions do not cover what the operation touches.
        NeedsVerification: it opens or changes an account whose holder is not proved.
    """
    allowed = PERMISSIONS[scope.role]
    if missing := (action.reads - allowed.reads) | (action.writes - allowed.writes):
        raise Forbidden(f"{scope.role} may not touch {', '.join(sorted(missing))}")
    if action.needs is Identity.VERIFIED and scope.verified_customer is None:
        raise NeedsVerification("the customer's identity is not verified")
    if action.needs is Identity.CLAIMED and scope.customer_id is None:
        raise NeedsVerification("the customer is not known")


async def perform(
    database: Database, scope: Scope, action: Operation, call: Call, arguments: dict[str, Any]
) -> Outcome:
    """Run an operation in a transaction of its own.

    Everything Switchboard refuses on purpose becomes an outcome that a model can act on; any
    other exception is a bug and propagates.

    Raises:
        LeaseLost: the turn is no longer ours; nothing was written.
    """
    try:
        check(action, scope)
        given = action.arguments.model_validate(arguments)
    except ValidationError as error:
        return Outcome(action.name, _first_problem(error), refused="invalid")
    except SwitchboardError as error:
        return Outcome(action.name, str(error), refused=error.code)
    values = {name: getattr(given, name) for name in type(given).model_fields}
    if action.effect is Effect.WRITE:
        return await _write(database, scope, action, call, values)
    try:
        if not action.in_transaction:
            return Outcome(action.name, plain(await action.body(scope, **values)))
        async with database.transaction(scope.tenant) as db:
            return Outcome(action.name, plain(await action.body(db, scope, **values)))
    except SwitchboardError as error:
        return Outcome(action.name, str(error), refused=error.code)


async def _write(
    database: Database, scope: Scope, action: Operation, call: Call, values: dict[str, Any]
) -> Outcome:
    write = writes.Write(call.key, call.turn_id, action.name, plain(values))
    try:
        async with database.transaction(scope.tenant) as db:
            await turns.hold_lease(db, scope, call.lease_token)
            if not await writes.claim_write(db, scope, write):
                return Outcome(action.name, await writes.result_of(db, scope.tenant, call.key))
            change: Change = await action.body(db, scope, **values)
            before, after = plain(change.before), plain(change.after)
            await writes.complete_write(db, scope, call.key, before=before, after=after)
            return Outcome(action.name, after)
    except LeaseLost:
        raise
    except SwitchboardError as error:
        return Outcome(action.name, str(error), refused=error.code)


def _first_problem(error: ValidationError) -> str:
    """One sentence that names the argument; what the caller wrote is not repeated."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = [str(part) for part in first["loc"]]
    named = path and all(part.isidentifier() and len(part) <= 40 for part in path)
    where = ".".join(path) if named else "arguments"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"
