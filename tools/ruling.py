"""What the tenant's policy says of a call that is about to be made, with all that it has to know.

Everything is looked up in the call's own transaction, with the row it is about locked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from data import policies, rulings
from data.acting import act_as, act_freely
from data.db import Connection
from data.records import plain
from data.scope import Scope
from tools.codes import Purpose
from tools.confirmation import says_yes
from tools.operation import Change, Operation
from tools.policy import Case, Ruling, counted, evaluate, rules_for
from tools.policy_rules import Rule


@dataclass(frozen=True, slots=True)
class Law:
    """A tenant's policy; version 0 has no rules."""

    version: int = 0
    rules: tuple[Rule, ...] = ()


async def law_of(db: Connection, tenant: str) -> Law:
    """The policy in force, read anew each time: a change counts at once, in every process."""
    found = await policies.find_policy(db, tenant)
    if found is None:
        return Law()
    return Law(found.version, tuple(Rule.model_validate(rule) for rule in found.rules))


async def rule_on(
    db: Connection,
    scope: Scope,
    action: Operation,
    law: Law,
    values: dict[str, Any],
    *,
    key: str,
    asked: str | None,
    shown: bool,
) -> Ruling:
    """What the rules make of a call.

    Args:
        db: the call's transaction.
        scope: who it is for.
        action: what is to be done.
        law: the tenant's.
        values: the arguments, validated.
        key: the call's own; what is kept under it does not count against it.
        asked: the reply that asked the customer to confirm it, if they did.
        shown: they have shown a one-time code for it.

    Raises:
        NotFound: the row it is about is not there, or somebody else's.
    """
    rules = rules_for(law.rules, action.name)
    if not rules:
        return Ruling()
    case = Case(
        action=action.name,
        known=await _known(db, scope, action, rules, values),
        identity=scope.identity,
        today=datetime.now(UTC).date(),
        asked=asked,
        shown=shown,
        done={
            name: await rulings.count_done(db, scope, actions, times.per, times.days, key)
            for name, times, actions in counted(rules, action.name)
        },
    )
    return evaluate(rules, case)


def purpose_of(action: Operation, values: dict[str, Any]) -> Purpose:
    """What a one-time code for this very call is for; what is left out counts as not given."""
    given = {name: value for name, value in plain(values).items() if value is not None}
    return Purpose(action.name, given)


async def confirmed_by(
    db: Connection,
    scope: Scope,
    turn_id: UUID,
    action: Operation,
    values: dict[str, Any],
    *,
    shown: bool,
) -> str | None:
    """The reply that asked for this very call, if the customer's next words were a plain yes.

    What counted when a code was asked for still counts when it is `shown`.
    """
    arguments = plain(values)
    if shown:
        turn_id = await rulings.find_proving(db, scope, action.name, arguments) or turn_id
    found = await rulings.find_exchange(db, scope, turn_id, action.name, arguments)
    return found.asked if found and says_yes(found.answered) else None


async def rehearse(
    db: Connection, scope: Scope, action: Operation, values: dict[str, Any]
) -> Change:
    """Do it and take it back: what it would change, or why it cannot be done at all.

    Raises:
        SwitchboardError: whatever the body refuses.
    """
    async with db.transaction(force_rollback=True):
        return await perform_body(db, scope, action, values)


async def perform_body(
    db: Connection, scope: Scope, action: Operation, values: dict[str, Any]
) -> Change:
    """Run the body as the database role of the scope's role."""
    await act_as(db, scope)
    change: Change = await action.body(db, scope, **values)
    await act_freely(db)
    return change


async def _known(
    db: Connection, scope: Scope, action: Operation, rules: Sequence[Rule], values: dict[str, Any]
) -> dict[str, Any]:
    """Arguments, and the columns of the row it is about where a rule speaks of one."""
    known = dict(values)
    about = action.about
    if about and any("." in name for rule in rules for _, name in rule.named()):
        row = await about.find(db, scope, values)
        known |= {f"{about.name}.{column}": getattr(row, column) for column in columns_of(row)}
    return known


def columns_of(record: Any) -> Sequence[str]:
    """The fields of a record."""
    return tuple(record.__dataclass_fields__)
