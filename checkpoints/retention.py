"""How much of a thread is kept: the checkpoint just written, which is all that a turn needs.

The history is in the message table; older checkpoints would make a thread's rows grow with the
square of its turns.
"""

from data.db import Connection

# Everything but the one written: ids are times (uuid6), and the clock of the process that wrote
# the one before may have been ahead.
STATEMENTS = (
    "DELETE FROM checkpoint_writes WHERE thread_id = %(thread)s AND checkpoint_id <> %(kept)s",
    "DELETE FROM checkpoints WHERE thread_id = %(thread)s AND checkpoint_id <> %(kept)s",
    "DELETE FROM checkpoint_blobs b WHERE b.thread_id = %(thread)s AND NOT EXISTS ("
    " SELECT FROM checkpoints c WHERE c.thread_id = b.thread_id"
    " AND c.checkpoint_ns = b.checkpoint_ns"
    " AND c.checkpoint -> 'channel_versions' ->> b.channel = b.version)",
)


async def keep_only(db: Connection, thread_id: str, checkpoint_id: str) -> None:
    """Delete what a thread's new checkpoint replaces; nothing refers to a parent."""
    for statement in STATEMENTS:
        await db.execute(statement, {"thread": thread_id, "kept": checkpoint_id})
