"""Every change a tool made: who, what, in which turn, before and after.

The row is written in the change's own transaction under a key made of turn, round and position,
so the same row that tells what happened keeps it from happening twice.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from data.db import Connection
from data.errors import NotFound
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
    cursor = await db.execute(
        "INSERT INTO writes (tenant, key, turn_id, conversation_id, customer_id, actor,"
        " operation, arguments) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            scope.tenant,
            write.key,
            write.turn_id,
            scope.conversation_id,
            scope.customer_id,
            f"{scope.role}/{scope.party}",
            write.operation,
            Jsonb(write.arguments),
        ),
    )
    return bool(cursor.rowcount)


async def complete_write(
    db: Connection, scope: Scope, key: str, *, before: Any, after: Any
) -> None:
    """Add what the change did to the row that `claim_write` made."""
    await db.execute(
        "UPDATE writes SET before = %s, after = %s WHERE tenant = %s AND key = %s",
        (Jsonb(before), Jsonb(after), scope.tenant, key),
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
    return row[0]
