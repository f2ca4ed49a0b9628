"""Whose conversation it is: what its party says, and what an operator says of it."""

from data.customers import HAS_EMAIL
from data.db import Connection
from data.errors import LeaseLost
from data.personal import personal_of
from data.scope import Scope


async def link_claimed(
    db: Connection,
    scope: Scope,
    lease_token: int,
    *,
    email: str | None,
    customer_id: int | None,
) -> tuple[int | None, int | None]:
    """Note whom an unproved party says to be; a verified conversation stays as it is.

    The row is written the same way whether there is such a customer or not: somebody who is
    named and unknown makes the conversation claimed, too, and whose record they are now is looked
    up for nobody (0) as well: it takes longer than all the rest.

    Returns:
        The conversation's customer before and after.

    Raises:
        LeaseLost: the turn was taken over.
    """
    personal = await personal_of(db, scope.tenant)
    cursor = await db.execute(
        "WITH named AS MATERIALIZED (SELECT"  # noqa: S608
        "  survivor(%(tenant)s, coalesce((SELECT id FROM customers WHERE tenant = %(tenant)s"
        f"   AND {HAS_EMAIL}), 0)) AS by_email,"
        "  survivor(%(tenant)s, coalesce((SELECT id FROM customers WHERE tenant = %(tenant)s"
        "   AND id = %(customer)s AND forgotten_at IS NULL), 0)) AS by_id),"
        " old AS (SELECT customer_id FROM conversations"
        "  WHERE tenant = %(tenant)s AND id = %(id)s FOR NO KEY UPDATE)"
        " UPDATE conversations c SET identity = CASE identity WHEN 'verified' THEN identity"
        "   ELSE 'claimed' END,"
        "  customer_id = CASE identity WHEN 'verified' THEN c.customer_id"
        "   ELSE coalesce(by_email, by_id, c.customer_id) END, updated_at = now()"
        " FROM named, old WHERE c.tenant = %(tenant)s AND c.id = %(id)s"
        " AND c.lease_token = %(token)s AND c.turn_id IS NOT NULL"
        " RETURNING old.customer_id, c.customer_id",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "token": lease_token,
            "email": email,
            "email_key": personal.email_key(email),
            "customer": customer_id,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise LeaseLost(f"the turn of conversation {scope.conversation_id!r} was taken over")
    return row[0], row[1]


async def link_customer(db: Connection, scope: Scope, customer_id: int) -> None:
    """Note whose conversation it is, on an operator's word: it opens no records to the party."""
    await db.execute(
        "WITH linked AS (UPDATE conversations SET customer_id = %(customer)s,"
        "  identity = CASE identity WHEN 'verified' THEN identity ELSE 'claimed' END,"
        "  updated_at = now() WHERE tenant = %(tenant)s AND id = %(id)s)"
        " UPDATE handoffs SET customer_id = %(customer)s WHERE tenant = %(tenant)s"
        " AND conversation_id = %(id)s AND status IN ('pending', 'accepted')",
        {"tenant": scope.tenant, "id": scope.conversation_id, "customer": customer_id},
    )
