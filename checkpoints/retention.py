"""How much of a thread is kept: its latest checkpoint, which is all that a turn needs.

The history is in the message table; older checkpoints would make a thread's rows grow with the
square of its turns.
"""

from data.db import Connection

# Older checkpoints go by primary key order: ids are time-ordered (uuid6).
STATEMENTS = (
    "DELETE FROM checkpoint_writes WHERE thread_id = %(thread)s AND checkpoint_id <"
    " (SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = %(thread)s)",
    "DELETE FROM checkpoints WHERE thread_id = %(thread)s AND checkpoint_id <"
    " (SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = %(thread)s)",
    "DELETE FROM checkpoint_blobs b WHERE b.thread_id = %(thread)s AND NOT EXISTS ("
    " SELECT FROM checkpoints c WHERE c.thread_id = b.thread_id"
    " AND c.checkpoint_ns = b.checkpoint_ns"
    " AND c.checkpoint -> 'channel_versions' ->> b.channel = b.version)",
)


async def keep_latest(db: Connection, thread_id: str) -> None:
    """Delete what the thread's latest checkpoint replaced; nothing refers to a parent."""
    for statement in STATEMENTS:
        await db.execute(statement, {"thread": thread_id})
