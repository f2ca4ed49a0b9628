"""A tenant's policy: reading its rules, saying what is wrong with them, putting them in force."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from pydantic import ValidationError

from data import policies
from data.db import Connection
from data.errors import Invalid
from data.scope import Scope
from data.seed.content import fault_in, invalid_entry, name_of, read_yaml
from data.seed.lines import Lines
from tools.operation import Change, Effect, Operation, operation
from tools.policy_rules import Rule
from tools.registry import OPERATIONS

Keys = tuple[int | str, ...]
MOST_RULES = 200


class Fault(ValueError):
    """What is wrong with a rule, and where in it."""

    def __init__(self, at: Keys, problem: str) -> None:
        super().__init__(problem)
        self.at = at


def read_policy(path: Path) -> list[Rule]:
    """The rules of a file; none where there is no such file.

    Raises:
        Invalid: it is no YAML, not of this form, or a rule speaks of what there is not; the
            message names file, entry and line.
    """
    if not path.exists():
        return []
    written = read_yaml(path)
    if not isinstance(written or [], list):
        raise Invalid(name_of(path), "must be a list of rules, each starting with a dash")
    rules: list[Rule] = []
    for position, entry in enumerate(written or []):
        here = f"{name_of(path)}, entry {position + 1}{_called(entry)}"
        try:
            rules.append(Rule.model_validate(entry))
            check_rule(rules[-1], rules[:-1])
        except ValidationError as error:
            line = Lines(path).said(position, *fault_in(error))
            raise invalid_entry(here, error, line) from None
        except Fault as fault:
            line = Lines(path).said(position, *fault.at)
            raise Invalid(here, f"{fault} {line}") from None
    return rules


@operation(Effect.WRITE, writes=("policies",))
async def put_policy(
    db: Connection,
    scope: Scope,
    rules: list[dict[str, Any]],
    version: int,
    note: str | None = None,
) -> Change:
    """Put rules in force, in the place of all before.

    Args:
        db: a transaction.
        scope: an admin's.
        rules: as written; they have been checked.
        version: the next one.
        note: why.

    Raises:
        Conflict: somebody else has changed the policy meanwhile.
    """
    before = await policies.find_policy(db, scope.tenant)
    after = await policies.put_policy(
        db, scope.tenant, rules, author=scope.party, note=note, version=version
    )
    return Change(before, after)


def check_rules(rules: Sequence[Rule]) -> None:
    """Rules of a request.

    Raises:
        Invalid: one speaks of what there is not; the message names its place.
    """
    for position, rule in enumerate(rules):
        try:
            check_rule(rule, rules[:position])
        except Fault as fault:
            inside = [f"[{at}]" if isinstance(at, int) else f".{at}" for at in fault.at]
            raise Invalid(f"rules[{position}]{''.join(inside)}", str(fault)) from None


def check_rule(rule: Rule, before: Sequence[Rule]) -> None:
    """Whether its actions are there, and what it speaks of is known of each of them.

    Raises:
        Fault: something is not.
    """
    if any(rule.name == other.name for other in before):
        raise Fault(("name",), f"{rule.name!r} is the name of a rule before; choose another")
    for position, action in enumerate(rule.actions):
        declared = OPERATIONS.get(action)
        if declared is None or declared.effect is not Effect.WRITE:
            there = ", ".join(sorted(n for n, o in OPERATIONS.items() if o.effect is Effect.WRITE))
            problem = f"{action!r} is nothing that the assistant changes; there are {there}"
            raise Fault(("actions", position), problem)
        known = known_of(declared)
        for field, name in rule.named():
            if name not in known:
                there = ", ".join(known)
                raise Fault(
                    (field,), f"{name!r} is not known of {action}; known are {there or 'nothing'}"
                )
        _check_kinds(rule, action, known)


def known_of(action: Operation) -> dict[str, Any]:
    """What a rule may speak of, with its type: arguments, and the columns of the action's row."""
    arguments = {name: field.annotation for name, field in action.arguments.model_fields.items()}
    if action.about is None:
        return arguments
    hints = get_type_hints(action.about.kind)
    rows = {f"{action.about.name}.{f.name}": hints[f.name] for f in fields(action.about.kind)}
    return arguments | rows


def _check_kinds(rule: Rule, action: str, known: Mapping[str, Any]) -> None:
    if rule.amount and not _is(known[rule.amount.of], int, Decimal):
        raise Fault(("amount", "of"), f"{rule.amount.of} of {action} is no amount")
    if rule.age and not _is(known[rule.age.of], date, datetime):
        raise Fault(("age", "of"), f"{rule.age.of} of {action} is no day and no moment")
    for name in rule.confirmed or ():
        if "." in name:
            raise Fault(("confirmed",), f"{name!r} is no argument; a customer confirms arguments")


def _is(annotation: Any, *kinds: type) -> bool:
    possible = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return all(kind in kinds for kind in possible if kind is not NoneType)


def _called(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return f" ({str(name)[:40]})" if name is not None else ""
