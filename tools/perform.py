"""Running what a model asks for: validation, permission, identity, policy, idempotency and audit.

All in one place, and the first of them before the database is touched.
"""

from typing import Any

from pydantic import ValidationError

from data import turns, writes
from data.acting import act_as
from data.db import Database
from data.errors import Invalid, LeaseLost, NeedsVerification, SwitchboardError
from data.records import plain
from data.scope import Scope
from tools.confirmation import is_in
from tools.held_back import held_back
from tools.operation import Call, Effect, Operation, Outcome, check
from tools.refusals import Refusals
from tools.ruling import perform_body


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
        return Outcome(action.name, first_problem(error), refused="invalid")
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
            values = values_of(action, arguments)
            async with database.transaction(scope.tenant) as db:
                await action.unproved(db, scope, call, values)
        raise
    values = values_of(action, arguments)
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
        if (held := await held_back(db, scope, action, call, values)) is not None:
            await writes.release_write(db, scope.tenant, call.key)
            return held
        change = await perform_body(db, scope, action, values)
        before, after = plain(change.before), plain(change.after)
        await writes.complete_write(db, scope, call.key, before=before, after=after)
        return Outcome(action.name, after)


def check_words(action: Operation, values: dict[str, Any], said: str | None) -> None:
    """Has the customer written what only they can say?

    Raises:
        Invalid: an argument is not in the customer's own words.
    """
    for name in sorted(action.confirmed):
        if said is not None and values[name] is not None and not is_in(str(values[name]), said):
            raise Invalid(name, "the customer has not written this themselves; ask them for it")


def values_of(action: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as declared.

    Raises:
        ValidationError: they are not.
    """
    given = action.arguments.model_validate(arguments)
    return {name: getattr(given, name) for name in type(given).model_fields}


def first_problem(error: ValidationError) -> str:
    """One sentence that names the argument; what the caller wrote is not repeated."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = [str(part) for part in first["loc"]]
    named = path and all(part.isidentifier() and len(part) <= 40 for part in path)
    where = ".".join(path) if named else "arguments"
    problem = first["msg"].removeprefix("Value error, ")
    if first["type"] == "too_long":  # pydantic speaks of items once a text has been looked at
        problem = f"String should have at most {first['ctx']['max_length']} characters"
    return f"{where}: {problem}"
