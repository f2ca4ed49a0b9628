"""What a tenant's policy says of a call: pure functions of the rules and of what is known.

Nothing here asks a model or a database, so whatever a model was talked into, the rules decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from data.records import plain
from data.scope import Identity
from tools.confirmation import is_in
from tools.policy_rules import PLACE, USUAL_HOURS, Age, Amount, Rule, Times

Verdict = Literal["allow", "refuse", "confirm", "prove", "approve"]


@dataclass(frozen=True, slots=True)
class Case:
    """A call as the rules see it.

    `known`: arguments by their names, columns by `row.column`. `asked`: the reply in which the
    customer was asked to confirm this very call, where their next message was a plain yes; else
    None. `shown`: they have shown a one-time code for this very call. `done`: how often the actions
    of a `times` rule were done, by the rule's name, or are waiting to be.
    """

    action: str
    known: Mapping[str, Any]
    identity: Identity
    today: date
    asked: str | None = None
    shown: bool = False
    done: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to be done with a call.

    `rules` are the broken ones that decide; the words (`because`, `question`, `matter`) are the
    first one's. `decided_by` is who has to approve it, `within_hours` how soon. `tried` are broken
    rules that are only tried out.
    """

    verdict: Verdict = "allow"
    rules: tuple[str, ...] = ()
    because: str = ""
    question: str | None = None
    matter: str | None = None
    decided_by: Literal["operator", "admin"] = "operator"
    within_hours: int = USUAL_HOURS
    tried: tuple[str, ...] = ()


def rules_for(rules: Sequence[Rule], action: str) -> list[Rule]:
    """Those that name the action."""
    return [rule for rule in rules if action in rule.actions]


def evaluate(rules: Sequence[Rule], case: Case) -> Ruling:
    """The strictest thing that any broken rule asks for.

    A refusal counts before everything; the customer is asked before a colleague is, and before
    they need a code.
    """
    broken = [rule for rule in rules_for(rules, case.action) if is_broken(rule, case)]
    tried = tuple(rule.name for rule in broken if rule.dry_run)
    real = [rule for rule in broken if not rule.dry_run]
    for verdict in ("refuse", "confirm", "prove", "approve"):
        decisive = [rule for rule in real if _verdict(rule) == verdict]
        if decisive:
            return _ruling(verdict, decisive, case, tried)
    return Ruling(tried=tried)


def is_broken(rule: Rule, case: Case) -> bool:
    """Whether the rule counts for the call, and does not hold."""
    counts = all(_among(case.known.get(name), values) for name, values in rule.when.items())
    return counts and not _holds(rule, case)


def fill(text: str, known: Mapping[str, Any]) -> str:
    """A text with what its braces name.

    >>> fill("order {order.id} at {time}", {"order.id": 7})
    'order 7 at ?'
    """
    return PLACE.sub(lambda found: _shown(known.get(found[1])), text)


def _ruling(
    verdict: Verdict, decisive: Sequence[Rule], case: Case, tried: tuple[str, ...]
) -> Ruling:
    first = decisive[0]
    by_admin = any(rule.decided_by == "admin" for rule in decisive)
    return Ruling(
        verdict=verdict,
        rules=tuple(rule.name for rule in decisive),
        because=first.because,
        question=fill(first.ask, case.known) if first.ask else None,
        matter=fill(first.matter, case.known) if first.matter else None,
        decided_by="admin" if by_admin else "operator",
        within_hours=min(rule.within_hours for rule in decisive),
        tried=tried,
    )


def _verdict(rule: Rule) -> Verdict:
    if rule.confirmed:
        return "confirm"
    if rule.code:
        return "prove"
    return "approve" if rule.otherwise == "approval" else "refuse"


def _holds(rule: Rule, case: Case) -> bool:
    if rule.state:
        return all(_among(case.known.get(name), values) for name, values in rule.state.items())
    if rule.amount:
        return _affordable(rule.amount, case.known)
    if rule.age:
        return _fresh(rule.age, case)
    if rule.times:
        return case.done.get(rule.name, 0) < rule.times.most
    if rule.confirmed:
        return _confirmed(rule.confirmed, case)
    if rule.code:
        return case.shown
    return rule.identity is not None and case.identity is Identity.VERIFIED


def _among(value: Any, allowed: Sequence[Any]) -> bool:
    return value is not None and any(_same(plain(value), one) for one in allowed)


def _same(value: Any, allowed: Any) -> bool:
    """Equal as they are written: a model may send a number as text, and true is no 1."""
    return str(value) == str(allowed)


def _affordable(limit: Amount, known: Mapping[str, Any]) -> bool:
    value = known.get(limit.of)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    if limit.currency and known.get(limit.currency_of) != limit.currency:
        return False
    return value <= limit.most


def _fresh(limit: Age, case: Case) -> bool:
    value = case.known.get(limit.of)
    if isinstance(value, datetime):
        value = value.date()
    return isinstance(value, date) and (case.today - value).days <= limit.most_days


def _confirmed(names: Sequence[str], case: Case) -> bool:
    if case.asked is None:
        return False
    asked = case.asked
    values = [case.known.get(name) for name in names]
    return all(value is None or is_in(_shown(value), asked) for value in values)


def _shown(value: Any) -> str:
    return "?" if value is None else str(plain(value))


def counted(rules: Sequence[Rule], action: str) -> list[tuple[str, Times, tuple[str, ...]]]:
    """The counts that the rules for an action look at: rule, window and which actions."""
    return [(r.name, r.times, r.actions) for r in rules_for(rules, action) if r.times]
