"""Every change a tool made: who, what, in which turn, before and after.

The row is written in the change's own transaction under a key made of turn, round and position,
so the same row that tells what happened keeps it from happening twice.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from data.db import Connection
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Write:
    key: str
    turn_id: UUID | None
    operation: str
    arguments: dict[str, Any]
    before: Any
    after: Any


async def find_result(db: Connection, tenant: str, key: str) -> tuple[bool, Any]:
    """Whether the write was done already, and what it returned then."""
    cursor = await db.execute(
        "SELECT after FROM writes WHERE tenant = %s AND key = %s", (tenant, key)
    )
    row = await cursor.fetchone()
    return (row is not None, row[0] if row else None)


async def record_write(db: Connection, scope: Scope, write: Write) -> None:
    """Add the row.

    Raises:
        psycopg.errors.UniqueViolation: another transaction did the same write meanwhile; the
            caller's transaction rolls back with it.
    """
    await db.execute(
        "INSERT INTO writes (tenant, key, turn_id, conversation_id, customer_id, actor,"
        " operation, arguments, before, after) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            scope.tenant,
            write.key,
            write.turn_id,
            scope.conversation_id,
            scope.customer_id,
            f"{scope.role}/{scope.party}",
            write.operation,
            Jsonb(write.arguments),
            Jsonb(write.before),
            Jsonb(write.after),
        ),
    )
