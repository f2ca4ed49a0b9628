"""What waits for a person's decision: deciding, running what was granted, and telling the customer.

The customer is told in the transaction in which it happens, so once and truly.
"""

from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from agents.phrases import phrase
from data import conversations, messages
from data.approvals import Approval
from data.db import Connection, Database
from data.errors import NotFound
from data.messages import NewMessage
from data.outbox import FETCHED, put_in_outbox
from data.scope import Scope
from tools.approvals import Choice, Settled, decide_approval, scope_of, settle
from tools.request import carry_out


class Approvals:
    """Deciding about calls that wait, and settling them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide(
        self,
        scope: Scope,
        approval_id: UUID,
        decision: Choice,
        arguments: dict[str, Any] | None,
        note: str | None,
        idempotency_key: str | None = None,
    ) -> Approval:
        """Write a decision down; who was turned down is told at once.

        What was granted runs in `settle`, by a job.

        Raises:
            NotFound: the tenant has no such approval.
            Conflict: it was decided before, expired, or policy forbids the new arguments.
            Forbidden: somebody with more authority has to decide.
            Invalid: the arguments are not such as the action takes.
        """
        given = {
            "approval_id": approval_id,
            "decision": decision,
            "arguments": arguments,
            "note": note,
        }
        async with self._database.transaction(scope.tenant) as db:
            done = await carry_out(db, scope, decide_approval, idempotency_key, given)
            after = TypeAdapter(Approval).validate_python(done)
            if after.status == "rejected":
                await _tell(db, scope.tenant, Settled(after, fresh=True))
        return after

    async def settle(self, tenant: str, approval_id: UUID) -> Settled:
        """Run what was granted, or let expire what nobody decided on; doing it again is harmless.

        Raises:
            NotFound: the tenant has no such approval.
        """
        async with self._database.transaction(tenant) as db:
            settled = await settle(db, tenant, approval_id)
            if settled.fresh:
                await _tell(db, tenant, settled)
        return settled


def words_for(settled: Settled) -> str:
    """What the customer is told of how it ended."""
    one = settled.approval
    if one.status == "done" and one.edited:
        changed = {k: v for k, v in one.edited.items() if one.arguments.get(k) != v}
        changes = ", ".join(f"{k.replace('_', ' ')}: {v}" for k, v in changed.items())
        if changes:
            return phrase("approval.edited", matter=one.matter, changes=changes)
    reason = settled.reason.rstrip(".")
    return phrase(f"approval.{one.status}", matter=one.matter, reason=reason)


async def _tell(db: Connection, tenant: str, settled: Settled) -> None:
    """Into the history, and to the customer's channel; the same end again changes nothing."""
    one = settled.approval
    scope = scope_of(tenant, one)
    try:
        found = await conversations.lock_existing(db, scope)
    except NotFound:  # forgotten in the meantime
        return
    new = NewMessage(
        id=str(uuid5(one.id, one.status)),
        role="system",
        content=words_for(settled),
        metadata={"approval_id": str(one.id), "status": one.status},
    )
    added = await messages.add_message(db, scope, new)
    if added and found.channel not in FETCHED:
        await put_in_outbox(db, scope, new.id, found.channel, new.content)
