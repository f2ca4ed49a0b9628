"""A call that the tenant's policy does not simply let through: refused, asked about, or waiting.

The answer tells a model what to do next; what was held back, and why, is kept in `rulings`.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from data import approvals, codes, rulings
from data.approvals import Approval, NewApproval
from data.db import Connection
from data.errors import NeedsVerification
from data.records import plain
from data.rulings import Held
from data.scope import Scope
from tools.codes import shown_for
from tools.operation import UNVERIFIED, Call, Change, Operation, Outcome
from tools.policy import Ruling, rules_for
from tools.ruling import Law, confirmed_by, law_of, purpose_of, rehearse, rule_on

POLICY = "policy"
NEEDS_CONFIRMATION = "needs_confirmation"
NEEDS_APPROVAL = "needs_approval"
NEEDS_CODE = "needs_code"


async def held_back(
    db: Connection, scope: Scope, action: Operation, call: Call, values: dict[str, Any]
) -> Outcome | None:
    """What becomes of a call instead of being done; None where it may be.

    Raises:
        SwitchboardError: it cannot be done in any case, which says more than any rule; neither
            the customer nor a colleague is bothered with it.
    """
    law = await law_of(db, scope.tenant)
    if not law.version:
        return None
    arguments = plain(values)
    waiting = await approvals.find_waiting(db, scope, call.key, action.name, arguments)
    if waiting is not None:
        return _waits(waiting)
    code_id, ruling = await _ruled(db, scope, action, call, values, law)
    if ruling.verdict != "allow":
        change = await rehearse(db, scope, action, values)
    if ruling.verdict != "allow" or ruling.tried:
        await rulings.add_ruling(db, scope, _held(action, call, arguments, ruling, law))
    if code_id and ruling.verdict in {"allow", "approve"}:
        await codes.spend_code(db, scope, code_id, call.key)
    match ruling.verdict:
        case "allow":
            return None
        case "refuse":
            return _refused(action, ruling)
        case "confirm":
            return _to_confirm(action, ruling)
        case "prove":
            return _to_prove(action, ruling)
    new = _approval(action, call, arguments, ruling, law, change)
    return _waits(await approvals.add_approval(db, scope, new))


async def _ruled(
    db: Connection,
    scope: Scope,
    action: Operation,
    call: Call,
    values: dict[str, Any],
    law: Law,
) -> tuple[UUID | None, Ruling]:
    """The code that the customer has shown for this very call, and what the rules make of it.

    Raises:
        NeedsVerification: a code is needed, and nobody knows whom it would have to be sent to.
    """
    code_id = None
    if call.codes and any(rule.code for rule in rules_for(law.rules, action.name)):
        code_id = await shown_for(db, scope, call.codes, purpose_of(action, values))
    shown = code_id is not None
    asked = await confirmed_by(db, scope, call.turn_id, action, values, shown=shown)
    ruling = await rule_on(db, scope, action, law, values, key=call.key, asked=asked, shown=shown)
    if ruling.verdict == "prove" and scope.verified_customer is None:
        raise NeedsVerification(UNVERIFIED)
    return code_id, ruling


def _approval(
    action: Operation,
    call: Call,
    arguments: dict[str, Any],
    ruling: Ruling,
    law: Law,
    change: Change,
) -> NewApproval:
    return NewApproval(
        id=uuid4(),
        key=call.key,
        turn_id=call.turn_id,
        operation=action.name,
        arguments=arguments,
        matter=ruling.matter or action.name,
        because=ruling.because,
        rules=ruling.rules,
        policy_version=law.version,
        decider=ruling.decided_by,
        preview={"before": plain(change.before), "after": plain(change.after)},
        life=timedelta(hours=ruling.within_hours),
    )


def _held(
    action: Operation, call: Call, arguments: dict[str, Any], ruling: Ruling, law: Law
) -> Held:
    return Held(
        key=call.key,
        turn_id=call.turn_id,
        operation=action.name,
        arguments=arguments,
        verdict=ruling.verdict,
        rules=ruling.rules,
        tried=ruling.tried,
        because=ruling.because,
        policy_version=law.version,
    )


def _refused(action: Operation, ruling: Ruling) -> Outcome:
    reason = (
        f"{ruling.because} Nothing was done, and trying again will not help: tell the customer why,"
        " and hand over to a person if they want it all the same"
    )
    return Outcome(action.name, reason, refused=POLICY, details={"because": ruling.because})


def _to_confirm(action: Operation, ruling: Ruling) -> Outcome:
    question = ruling.question or ""
    reason = (
        "nothing was done yet: ask the customer in exactly these words, and end your turn; if their"
        f" next message is a plain yes, call this again with the same arguments: {question}"
    )
    return Outcome(action.name, reason, NEEDS_CONFIRMATION, {"question": question})


def _to_prove(action: Operation, ruling: Ruling) -> Outcome:
    reason = (
        f"{ruling.because} Nothing was done yet: a one-time code for {ruling.matter} is being sent"
        " to the address on file. Say nothing of it, the customer is told; end your turn, and do"
        " not call this again before they have written the code"
    )
    details = {"because": ruling.because, "matter": ruling.matter or action.name}
    return Outcome(action.name, reason, NEEDS_CODE, details)


def _waits(approval: Approval) -> Outcome:
    """The truth about something that is not done: also where it was decided in the meantime."""
    if approval.status not in {"pending", "granted"}:
        reason = f"a colleague has decided about {approval.matter}: it is {approval.status}"
        return Outcome(approval.operation, reason, POLICY, {"because": approval.because})
    reason = (
        f"{approval.because} A colleague has been asked to approve {approval.matter}. Nothing was"
        " done yet, and it may be turned down: say so, say that the customer is told here as soon"
        " as it is decided, and do not call this again"
    )
    details = {"because": approval.because, "matter": approval.matter}
    return Outcome(approval.operation, reason, NEEDS_APPROVAL, details)
