"""Erasing what the graph remembers of conversations."""

from data.db import Connection

TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


async def erase_threads(db: Connection, tenant: str, conversations: list[str]) -> int:
    """Delete every checkpoint of these conversations; how many there were."""
    threads = [f"{tenant}:{conversation}" for conversation in conversations]
    erased = 0
    for table in TABLES:
        cursor = await db.execute(
            f"DELETE FROM {table} WHERE thread_id = ANY(%s)",  # noqa: S608
            [threads],
        )
        erased += cursor.rowcount if table == "checkpoints" else 0
    return erased
