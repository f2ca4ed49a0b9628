"""A change that waits for a person, in a conversation that there is."""

from datetime import timedelta
from uuid import uuid4

from data import approvals
from data.approvals import NewApproval
from data.db import Database
from data.scope import Identity, Role, Scope, party_of


async def a_waiting_refund(
    database: Database, tenant: str, conversation_id: str, customer_id: int, order_id: int
) -> str:
    """Its id. The refund takes an operator."""
    scope = Scope(
        tenant,
        Role.CUSTOMER_AI,
        party_of(customer_id),
        conversation_id,
        customer_id,
        Identity.VERIFIED,
    )
    new = NewApproval(
        id=uuid4(),
        key=str(uuid4()),
        turn_id=uuid4(),
        operation="flag_refund",
        arguments={"order_id": order_id},
        matter=f"the refund of order {order_id}",
        because="A colleague approves it.",
        rules=("large_refund",),
        policy_version=1,
        decider="operator",
        preview={"before": None, "after": None},
        life=timedelta(hours=1),
    )
    async with database.transaction(tenant) as db:
        return str((await approvals.add_approval(db, scope, new)).id)
