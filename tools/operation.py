"""A business action, declared once as a value: what it does, what it needs, how it is run.

A model's tool call runs through `tools.perform`, a request of people or back ends through
`tools.request.carry_out`.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict, create_model

from data.db import Connection
from data.errors import Forbidden, NeedsVerification
from data.scope import Identity, Scope
from tools.codes import CodeKey
from tools.permissions import PERMISSIONS, missing

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
    words of an article or a ticket that a model obeys are not the customer's. `codes` tells which
    one-time codes are for this call; without it, none is.
    """

    key: str
    turn_id: UUID
    lease_token: int
    said: str | None = None
    codes: CodeKey | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation came to. `refused` holds an error code when nothing was done.

    `details` are what else whoever words the answer may need then: the `question` to ask.
    """

    operation: str
    result: Any
    refused: str | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """The row that an operation is about, as the tenant's policy speaks of it (`order.status`).

    `find` locks it for the transaction and raises NotFound where it is not the caller's.
    """

    name: str
    kind: type
    find: Callable[[Connection, Scope, dict[str, Any]], Awaitable[Any]]


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
    about: About | None = None

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
    about: About | None = None,
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
            about,
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
