"""Deciding about a call that waits, and running it once it is granted."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ValidationError

from data import approvals, writes
from data.approvals import Approval, Decision
from data.db import Connection
from data.errors import Conflict, Forbidden, Invalid, SwitchboardError
from data.records import plain
from data.scope import Identity, Role, Scope
from data.writes import Write
from tools.operation import Change, Effect, Operation, operation
from tools.perform import first_problem, values_of
from tools.policy import Ruling, rules_for
from tools.registry import OPERATIONS
from tools.ruling import Law, law_of, perform_body, rehearse, rule_on

Choice = Literal["accept", "edit", "reject"]


@dataclass(frozen=True, slots=True)
class Settled:
    """An approval that is over. `fresh`: this very call ended it; `reason` is why in vain."""

    approval: Approval
    fresh: bool
    reason: str = ""


@operation(Effect.WRITE, reads=("approvals",), writes=("approvals.status",))
async def decide_approval(
    db: Connection,
    scope: Scope,
    approval_id: UUID,
    decision: Choice,
    arguments: dict[str, Any] | None = None,
    note: str | None = None,
) -> Change:
    """Grant a call as it is or with other arguments, or turn it down.

    Raises:
        NotFound: the tenant has no such approval.
        Conflict: it was decided before, or nobody did in time; or policy forbids the arguments.
        Forbidden: somebody with more authority has to decide.
        Invalid: the arguments are not such as the action takes.
    """
    found = await approvals.lock_approval(db, scope.tenant, approval_id)
    if found.status != "pending":
        if _same(found, scope, decision, arguments, note):
            return Change(found, found, found.customer_id)
        raise Conflict(f"this was decided before: it is {found.status} (by {found.decided_by})")
    if found.expires_at <= datetime.now(UTC):
        raise Conflict("nobody decided in time: this has expired; the customer has to ask again")
    _may_decide(found.decider, scope)
    if (decision == "edit") != (arguments is not None):
        raise Invalid("arguments", "give them with `edit`, and only then")
    edited = None
    if arguments is not None:
        edited = await _edited(db, scope, found, arguments)
    decided = Decision(
        status="rejected" if decision == "reject" else "granted",
        decision=decision,
        edited=edited,
        note=note,
        decided_by=scope.party,
    )
    after = await approvals.decide_approval(db, scope.tenant, approval_id, decided)
    return Change(found, after, found.customer_id)


async def settle(db: Connection, tenant: str, approval_id: UUID) -> Settled:
    """Run what was granted, once; let expire what nobody decided on in time.

    What the call was granted for may have changed: policy and the action's own rules are looked at
    again. All of it is one transaction, the caller's.

    Raises:
        NotFound: the tenant has no such approval.
    """
    found = await approvals.lock_approval(db, tenant, approval_id)
    if found.status == "pending" and found.expires_at <= datetime.now(UTC):
        after = await approvals.end_approval(db, tenant, approval_id, "expired", {})
        return Settled(after, fresh=True)
    if found.status != "granted":
        return Settled(found, fresh=False)
    try:
        async with db.transaction():  # what is refused leaves nothing behind
            result = await _run(db, tenant, found)
    except SwitchboardError as error:
        outcome = {"refused": error.code, "reason": str(error)}
        after = await approvals.end_approval(db, tenant, approval_id, "failed", outcome)
        return Settled(after, fresh=True, reason=str(error))
    after = await approvals.end_approval(db, tenant, approval_id, "done", {"result": result})
    return Settled(after, fresh=True)


def scope_of(tenant: str, found: Approval) -> Scope:
    """Whom the call is made for: as when it was asked for."""
    return Scope(
        tenant=tenant,
        role=Role.CUSTOMER_AI,
        party=found.party,
        conversation_id=found.conversation_id,
        customer_id=found.customer_id,
        identity=Identity(found.identity),
    )


async def _run(db: Connection, tenant: str, found: Approval) -> Any:
    action, scope = OPERATIONS[found.operation], scope_of(tenant, found)
    values = _values(action, found.edited or found.arguments)
    law = await law_of(db, scope.tenant)
    ruling = await _rule_on(db, scope, action, law, values, found)
    if ruling.verdict == "refuse":
        raise Conflict(ruling.because)
    write = Write(f"approval:{found.id}", found.turn_id, action.name, plain(values))
    if not await writes.claim_write(db, scope, write):
        return await writes.result_of(db, scope.tenant, write.key)
    change = await perform_body(db, scope, action, values)
    before, after = plain(change.before), plain(change.after)
    await writes.complete_write(db, scope, write.key, before=before, after=after)
    return after


async def _edited(
    db: Connection, decider: Scope, found: Approval, arguments: dict[str, Any]
) -> dict[str, Any]:
    """The arguments as the action takes them, if policy and the action allow them."""
    action, scope = OPERATIONS[found.operation], scope_of(decider.tenant, found)
    values = _values(action, arguments)
    law = await law_of(db, scope.tenant)
    rules = rules_for(law.rules, action.name)
    own = {n for r in rules for n in (values if r.code else r.confirmed or ())}
    for name in sorted(own | action.confirmed):
        if plain(values.get(name)) != found.arguments.get(name):
            raise Conflict(f"{name}: the customer has confirmed another one, so it cannot change")
    ruling = await _rule_on(db, scope, action, law, values, found)
    if ruling.verdict == "refuse":
        raise Conflict(ruling.because)
    if ruling.verdict == "approve":
        _may_decide(ruling.decided_by, decider)
    try:
        await rehearse(db, scope, action, values)
    except SwitchboardError as error:
        raise Conflict(f"arguments: {error}") from error
    edited: dict[str, Any] = plain(values)
    return edited


async def _rule_on(
    db: Connection,
    scope: Scope,
    action: Operation,
    law: Law,
    values: dict[str, Any],
    found: Approval,
) -> Ruling:
    """What policy says now; the customer has confirmed these arguments, or shown a code, before."""
    asked = " ".join(str(value) for value in plain(values).values())
    return await rule_on(db, scope, action, law, values, key=found.key, asked=asked, shown=True)


def _values(action: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        return values_of(action, arguments)
    except ValidationError as error:
        raise Invalid("arguments", first_problem(error)) from None


def _may_decide(decider: str, scope: Scope) -> None:
    if decider == "admin" and scope.role is not Role.ADMIN:
        raise Forbidden("an admin has to decide about this")


def _same(
    found: Approval,
    scope: Scope,
    decision: Choice,
    arguments: dict[str, Any] | None,
    note: str | None,
) -> bool:
    """Whether this is the decision that was made, told once more."""
    told = (found.decided_by, found.decision, found.note)
    return told == (scope.party, decision, note) and (
        decision != "edit" or arguments == found.edited
    )
