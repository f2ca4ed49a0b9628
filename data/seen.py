"""How far a conversation was read: by its customer, and by each operator."""

from data.db import Connection
from data.scope import Scope


async def note_seen(db: Connection, scope: Scope, reader: str, seq: int) -> int | None:
    """Note that everything up to `seq` was looked at; up to where, or None if that is known.

    Args:
        db: any transaction of the tenant's.
        scope: which conversation.
        reader: `customer`, or an operator's party.
        seq: a message of the conversation, or beyond its end, which counts as the last one.
    """
    cursor = await db.execute(
        "WITH log AS (SELECT max(seq) AS last FROM messages"
        "  WHERE tenant = %(tenant)s AND conversation_id = %(id)s)"
        " INSERT INTO seen AS known (tenant, conversation_id, reader, seq)"
        " SELECT %(tenant)s, %(id)s, %(reader)s, least(%(seq)s, log.last) FROM log"
        " WHERE log.last IS NOT NULL"
        " ON CONFLICT (tenant, conversation_id, reader)"
        " DO UPDATE SET seq = excluded.seq, updated_at = now() WHERE known.seq < excluded.seq"
        " RETURNING known.seq",
        {"tenant": scope.tenant, "id": scope.conversation_id, "reader": reader, "seq": seq},
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else None


async def seen_by(db: Connection, scope: Scope, reader: str) -> int:
    """How far somebody has read; 0 for who has not."""
    cursor = await db.execute(
        "SELECT seq FROM seen WHERE tenant = %s AND conversation_id = %s AND reader = %s",
        (scope.tenant, scope.conversation_id, reader),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
