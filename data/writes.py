"""Every change a tool made: who, what, in which turn, before and after.

The row is written in the change's own transaction under a key made of turn, round and position,
so the same row that tells what happened keeps it from happening twice.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from data.db import Connection
from data.errors import Conflict, NotFound
from data.personal import opened_json, personal_of
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Write:
    """A change about to be made."""

    key: str
    turn_id: UUID | None
    operation: str
    arguments: dict[str, Any]


async def claim_write(db: Connection, scope: Scope, write: Write) -> bool:
    """Take the key for this transaction; False when the write was done already.

    While another transaction is at the same write this waits for its end, so of two at once one
    makes the change and the other finds its result.
    """
    personal = await personal_of(db, scope.tenant)
    cursor = await db.execute(
        "INSERT INTO writes (tenant, key, turn_id, conversation_id, customer_id, actor,"
        " operation, arguments) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            scope.tenant,
            write.key,
            write.turn_id,
            scope.conversation_id or None,
            scope.customer_id,
            f"{scope.role}/{scope.party}",
            write.operation,
            personal.json(write.arguments),
        ),
    )
    return bool(cursor.rowcount)


async def release_write(db: Connection, tenant: str, key: str) -> None:
    """Give a key back that this transaction took, as nothing is done under it."""
    await db.execute("DELETE FROM writes WHERE tenant = %s AND key = %s", (tenant, key))


async def complete_write(
    db: Connection,
    scope: Scope,
    key: str,
    *,
    before: Any,
    after: Any,
    customer_id: int | None = None,
) -> None:
    """Add what the change did to the row that `claim_write` made.

    `customer_id` says whose data it touched, where that is not the customer who asked.
    """
    personal = await personal_of(db, scope.tenant)
    await db.execute(
        "UPDATE writes SET before = %s, after = %s, customer_id = coalesce(%s, customer_id)"
        " WHERE tenant = %s AND key = %s",
        (personal.json(before), personal.json(after), customer_id, scope.tenant, key),
    )


async def result_of(db: Connection, tenant: str, key: str) -> Any:
    """What a write that was done returned then.

    Raises:
        NotFound: it was not done.
    """
    cursor = await db.execute(
        "SELECT after FROM writes WHERE tenant = %s AND key = %s", (tenant, key)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("write", key)
    return opened_json(db, tenant, row[0])


async def repeated(db: Connection, scope: Scope, write: Write) -> Any:
    """What this very write returned when it was done.

    Raises:
        NotFound: it was not done.
        Conflict: the key was used for something else.
    """
    cursor = await db.execute(
        "SELECT operation, arguments, conversation_id, after FROM writes"
        " WHERE tenant = %s AND key = %s",
        (scope.tenant, write.key),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("write", write.key)
    operation, arguments, conversation_id, after = row
    asked = (operation, opened_json(db, scope.tenant, arguments), conversation_id)
    if asked != (write.operation, write.arguments, scope.conversation_id or None):
        raise Conflict("Idempotency-Key: already used for another request; send a new one")
    return opened_json(db, scope.tenant, after)
