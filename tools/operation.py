"""A business action, declared once as a value: what it does, what it needs, how it is run.

A model's tool call runs through `perform`, a request of people or back ends through
`tools.request.carry_out`: validation, permission, identity, idempotency and audit are in one place,
before the database is touched.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from data import turns, writes
from data.acting import act_as, act_freely
from data.db import Connection, Database
from data.errors import Forbidden, Invalid, LeaseLost, NeedsVerification, SwitchboardError
from data.records import plain
from data.scope import Identity, Scope
from tools.permissions import PERMISSIONS, missing
from tools.refusals import Refusals

GIVEN_BY_CODE = ("db", "scope")  # never by a model or a client

UNVERIFIED = (
    "the customer's identity is not verified; ask them to sign in, or offer a one-time code to the"
    " address on file, without saying whether there is an account"
)


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
    `said` is what the customer wrote where a model chose the arguments, None where nobody did:
    words of an article or a ticket that a model obeys are not the customer's.
    """

    key: str
    turn_id: UUID
    lease_token: int
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation came to. `refused` holds an error code when nothing was done."""

    operation: str
    result: Any
    refused: str | None = None


Unproved = Callable[[Connection, Scope, Call, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Operation:
    """`reads` and `writes` name tables (`orders`) and columns (`tickets.status`).

    A READ whose body takes no `db` awaits something else first, such as a model: it is run
    outside a transaction and opens its own. `confirmed` names arguments that have to be the
    customer's own words, `spoken` the one that they will read. `unproved` is done, and stays
    unsaid, where the operation is refused because the caller's identity is not proved.
    """

    body: Callable[..., Awaitable[Any]]
    effect: Effect
    needs: Identity
    reads: frozenset[str]
    writes: frozenset[str]
    confirmed: frozenset[str] = frozenset()
    spoken: str | None = None
    unproved: Unproved | None = None

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
    confirmed: tuple[str, ...] = (),
    spoken: str | None = None,
    unproved: Unproved | None = None,
) -> Callable[[Callable[..., Awaitable[Any]]], Operation]:
    """Declare a business action. The decorated function stays callable as `operation.body`."""

    def declare(body: Callable[..., Awaitable[Any]]) -> Operation:
        return Operation(
            body,
            effect,
            needs,
            frozenset(reads),
            frozenset(writes),
            frozenset(confirmed),
            spoken,
            unproved,
        )

    return declare


def check(action: Operation, scope: Scope) -> None:
    """May this role do that at all, and is the customer known well enough?

    Raises:
        Forbidden: the role's permissions do not cover what the operation touches.
        NeedsVerification: it opens or changes an account whose holder is not proved.
    """
    if beyond := missing(PERMISSIONS[scope.role], action.reads, action.writes):
        raise Forbidden(f"{scope.role} may not touch {', '.join(beyond)}")
    if action.needs is Identity.VERIFIED and scope.verified_customer is None:
        raise NeedsVerification(UNVERIFIED)
    if action.needs is Identity.CLAIMED and scope.customer_id is None:
        raise NeedsVerification(UNVERIFIED)


def check_words(action: Operation, values: dict[str, Any], said: str | None) -> None:
    """Has the customer written what only they can say?

    Raises:
        Invalid: an argument is not in the customer's own words.
    """
    for name in sorted(action.confirmed):
        if said is not None and values[name] is not None and not is_in(str(values[name]), said):
            raise Invalid(name, "the customer has not written this themselves; ask them for it")


def is_in(value: str, text: str) -> bool:
    """Whether the value stands in the text as a word of its own, in any case.

    >>> is_in("ann@new.test", "Please use Ann@new.test.")
    True
    >>> is_in("ann@new.test", "joann@new.test, ann@new.test.evil")
    False
    """
    whole = rf"(?<![\w.+@-]){re.escape(value)}(?![\w@-]|\.\w)"
    return re.search(whole, text, re.IGNORECASE) is not None


async def perform(
    database: Database,
    scope: Scope,
    action: Operation,
    call: Call,
    arguments: dict[str, Any],
    *,
    refusals: Refusals,
) -> Outcome:
    """Run an operation in a transaction of its own, as the database role of the scope's role.

    Everything Switchboard refuses on purpose becomes an outcome that a model can act on, and is
    counted; any other exception is a bug and propagates.

    Raises:
        LeaseLost: the turn is no longer ours; nothing was written.
    """
    outcome = await _attempt(database, scope, action, call, arguments)
    if outcome.refused:
        refusals.add(action.name, scope.role, outcome.refused)
    return outcome


async def _attempt(
    database: Database, scope: Scope, action: Operation, call: Call, arguments: dict[str, Any]
) -> Outcome:
    try:
        return await _permitted(database, scope, action, call, arguments)
    except ValidationError as error:
        return Outcome(action.name, _first_problem(error), refused="invalid")
    except LeaseLost:
        raise
    except SwitchboardError as error:
        return Outcome(action.name, str(error), refused=error.code)


async def _permitted(
    database: Database, scope: Scope, action: Operation, call: Call, arguments: dict[str, Any]
) -> Outcome:
    try:
        check(action, scope)
    except NeedsVerification:
        if action.unproved:
            values = _values(action, arguments)
            async with database.transaction(scope.tenant) as db:
                await action.unproved(db, scope, call, values)
        raise
    values = _values(action, arguments)
    check_words(action, values, call.said)
    if action.effect is Effect.WRITE:
        return await _write(database, scope, action, call, values)
    if not action.in_transaction:
        return Outcome(action.name, plain(await action.body(scope, **values)))
    async with database.transaction(scope.tenant) as db:
        await act_as(db, scope)
        return Outcome(action.name, plain(await action.body(db, scope, **values)))


async def _write(
    database: Database, scope: Scope, action: Operation, call: Call, values: dict[str, Any]
) -> Outcome:
    write = writes.Write(call.key, call.turn_id, action.name, plain(values))
    async with database.transaction(scope.tenant) as db:
        await turns.hold_lease(db, scope, call.lease_token)
        if not await writes.claim_write(db, scope, write):
            return Outcome(action.name, await writes.result_of(db, scope.tenant, call.key))
        await act_as(db, scope)
        change: Change = await action.body(db, scope, **values)
        await act_freely(db)
        before, after = plain(change.before), plain(change.after)
        await writes.complete_write(db, scope, call.key, before=before, after=after)
        return Outcome(action.name, after)


def _values(action: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as declared.

    Raises:
        ValidationError: they are not.
    """
    given = action.arguments.model_validate(arguments)
    return {name: getattr(given, name) for name in type(given).model_fields}


def _first_problem(error: ValidationError) -> str:
    """One sentence that names the argument; what the caller wrote is not repeated."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = [str(part) for part in first["loc"]]
    named = path and all(part.isidentifier() and len(part) <= 40 for part in path)
    where = ".".join(path) if named else "arguments"
    problem = first["msg"].removeprefix("Value error, ")
    if first["type"] == "too_long":  # pydantic speaks of items once a text has been looked at
        problem = f"String should have at most {first['ctx']['max_length']} characters"
    return f"{where}: {problem}"
