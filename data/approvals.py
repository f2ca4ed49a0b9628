"""Approvals: calls with their arguments frozen that wait for a person's decision."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from data.db import Connection
from data.errors import NotFound
from data.personal import opened_json, personal_of
from data.rows import fetch_all, fetch_one
from data.scope import Scope

COLUMNS = (
    "id, key, conversation_id, customer_id, party, identity, turn_id, operation, arguments, matter,"
    " because, rules, policy_version, decider, preview, status, decision, edited, note, decided_by,"
    " decided_at, outcome, expires_at, created_at, updated_at"
)
SELECT = f"SELECT {COLUMNS} FROM approvals"  # noqa: S608

PERSONAL = ("arguments", "preview", "edited", "outcome")

Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class NewApproval:
    """A call about to wait. `decider` is the least role that may decide: operator or admin.

    `preview` is what the call would change, before and after, as it was tried and taken back.
    """

    id: UUID
    key: str
    turn_id: UUID
    operation: str
    arguments: dict[str, Any]
    matter: str
    because: str
    rules: tuple[str, ...]
    policy_version: int
    decider: str
    preview: dict[str, Any]
    life: timedelta


@dataclass(frozen=True, slots=True)
class Approval:
    """`status`: pending, granted (not run yet), done, failed (run in vain), rejected, expired.

    `edited` are the arguments that were given instead; `outcome` is what came of the run.
    """

    id: UUID
    key: str
    conversation_id: str
    customer_id: int | None
    party: str
    identity: str
    turn_id: UUID
    operation: str
    arguments: dict[str, Any]
    matter: str
    because: str
    rules: list[str]
    policy_version: int
    decider: str
    preview: dict[str, Any]
    status: str
    decision: str | None
    edited: dict[str, Any] | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    outcome: dict[str, Any] | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided; `status` is granted or rejected."""

    status: str
    decision: str
    edited: dict[str, Any] | None
    note: str | None
    decided_by: str


async def add_approval(db: Connection, scope: Scope, new: NewApproval) -> Approval:
    """Let a call wait."""
    personal = await personal_of(db, scope.tenant)
    added = await fetch_one(
        db,
        Approval,
        "INSERT INTO approvals (tenant, id, key, conversation_id, customer_id, party, identity,"  # noqa: S608
        " turn_id, operation, arguments, matter, because, rules, policy_version, decider, preview,"
        " expires_at) VALUES (%(tenant)s, %(id)s, %(key)s, %(conversation)s, %(customer)s,"
        " %(party)s, %(identity)s, %(turn)s, %(operation)s, %(arguments)s, %(matter)s,"
        " %(because)s, %(rules)s, %(version)s, %(decider)s, %(preview)s, now() + %(life)s)"
        f" RETURNING {COLUMNS}",
        {
            "tenant": scope.tenant,
            "id": new.id,
            "key": new.key,
            "conversation": scope.conversation_id,
            "customer": scope.customer_id,
            "party": scope.party,
            "identity": scope.identity,
            "turn": new.turn_id,
            "operation": new.operation,
            "arguments": personal.json(new.arguments),
            "matter": new.matter,
            "because": new.because,
            "rules": list(new.rules),
            "version": new.policy_version,
            "decider": new.decider,
            "preview": personal.json(new.preview),
            "life": new.life,
        },
    )
    return _existing(db, scope.tenant, added, new.id)


async def find_waiting(
    db: Connection, scope: Scope, key: str, operation: str, arguments: dict[str, Any]
) -> Approval | None:
    """The approval of this very call, or of the same one that still waits in the conversation."""
    found = await fetch_all(
        db,
        Approval,
        SELECT + " WHERE tenant = %s AND (key = %s OR (conversation_id = %s AND operation = %s"
        " AND status IN ('pending', 'granted'))) ORDER BY key = %s DESC",
        (scope.tenant, key, scope.conversation_id, operation, key),
    )
    for one in found:
        readable = _opened(db, scope.tenant, one)
        if one.key == key or readable.arguments == arguments:
            return readable
    return None


async def lock_approval(db: Connection, tenant: str, approval_id: UUID) -> Approval:
    """One approval, locked until the transaction ends.

    Raises:
        NotFound: the tenant has no such approval.
    """
    found = await fetch_one(
        db, Approval, SELECT + " WHERE tenant = %s AND id = %s FOR UPDATE", (tenant, approval_id)
    )
    return _existing(db, tenant, found, approval_id)


async def decide_approval(
    db: Connection, tenant: str, approval_id: UUID, decided: Decision
) -> Approval:
    """Write down what was decided.

    Raises:
        NotFound: the tenant has no such approval.
    """
    personal = await personal_of(db, tenant)
    changed = await fetch_one(
        db,
        Approval,
        "UPDATE approvals SET status = %s, decision = %s, edited = %s, note = %s,"  # noqa: S608
        " decided_by = %s, decided_at = now(), updated_at = now() WHERE tenant = %s AND id = %s"
        f" RETURNING {COLUMNS}",
        (
            decided.status,
            decided.decision,
            None if decided.edited is None else personal.json(decided.edited),
            decided.note,
            decided.decided_by,
            tenant,
            approval_id,
        ),
    )
    return _existing(db, tenant, changed, approval_id)


async def end_approval(
    db: Connection, tenant: str, approval_id: UUID, status: str, outcome: dict[str, Any]
) -> Approval:
    """It is over: done, failed or expired.

    Raises:
        NotFound: the tenant has no such approval.
    """
    personal = await personal_of(db, tenant)
    changed = await fetch_one(
        db,
        Approval,
        "UPDATE approvals SET status = %s, outcome = %s, updated_at = now()"  # noqa: S608
        f" WHERE tenant = %s AND id = %s RETURNING {COLUMNS}",
        (status, personal.json(outcome), tenant, approval_id),
    )
    return _existing(db, tenant, changed, approval_id)


async def list_approvals(
    db: Connection,
    tenant: str,
    *,
    status: str | None = None,
    conversation_id: str | None = None,
    before: Place | None = None,
    limit: int = 50,
) -> list[Approval]:
    """Newest first; `before` is the last one of the page before."""
    at, last = before or (None, None)
    found = await fetch_all(
        db,
        Approval,
        SELECT + " WHERE tenant = %s AND (%s::text IS NULL OR status = %s)"
        " AND (%s::text IS NULL OR conversation_id = %s)"
        " AND (%s::timestamptz IS NULL OR (created_at, id) < (%s, %s::uuid))"
        " ORDER BY created_at DESC, id DESC LIMIT %s",
        (tenant, status, status, conversation_id, conversation_id, at, at, last, limit),
    )
    return [_opened(db, tenant, one) for one in found]


async def due_approvals(ops: Connection, most: int) -> list[tuple[str, UUID]]:
    """(tenant, id) of what was granted and not run, and of what nobody decided in time."""
    cursor = await ops.execute("SELECT tenant, id FROM ops.due_approvals(%s)", [most])
    return [(str(tenant), found) for tenant, found in await cursor.fetchall()]


def _opened(db: Connection, tenant: str, found: Approval) -> Approval:
    """As it was given, sealed or not."""
    return replace(
        found, **{name: opened_json(db, tenant, getattr(found, name)) for name in PERSONAL}
    )


def _existing(db: Connection, tenant: str, found: Approval | None, approval_id: UUID) -> Approval:
    if found is None:
        raise NotFound("approval", approval_id)
    return _opened(db, tenant, found)
