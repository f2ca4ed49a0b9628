"""A thread's rows: one checkpoint, the one just written, which is all that a turn needs.

The history is in the message table; older checkpoints would make a thread's rows grow with the
square of its turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from data.db import Connection

# Everything but the one written goes: ids are times (uuid6), and the clock of the process that
# wrote the one before may have been ahead.
STATEMENT = """
WITH old_writes AS (
  DELETE FROM checkpoint_writes WHERE thread_id = %(thread)s AND checkpoint_id <> %(id)s),
old_checkpoints AS (
  DELETE FROM checkpoints WHERE thread_id = %(thread)s AND checkpoint_id <> %(id)s),
old_blobs AS (
  DELETE FROM checkpoint_blobs b WHERE b.thread_id = %(thread)s AND NOT EXISTS (
    SELECT FROM unnest(%(channels)s::text[], %(versions)s::text[]) AS kept (channel, version)
    WHERE kept.channel = b.channel AND kept.version = b.version)),
new_blobs AS (
  INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
  SELECT %(thread)s, %(namespace)s, kept.*
  FROM unnest(%(channels)s::text[], %(versions)s::text[], %(types)s::text[], %(blobs)s::bytea[])
    AS kept (channel, version, type, blob)
  ON CONFLICT DO NOTHING)
INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, checkpoint, metadata)
VALUES (%(thread)s, %(namespace)s, %(id)s, %(checkpoint)s, %(metadata)s)
ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata
"""


class Blob(NamedTuple):
    """A channel's value in a row of its own. `type` says how `data` was serialised."""

    channel: str
    version: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """A checkpoint as the stock saver's tables hold it; values not in `blobs` are inside it."""

    thread_id: str
    namespace: str
    id: str
    checkpoint: Mapping[str, Any]
    metadata: Mapping[str, Any]
    blobs: Sequence[Blob]


async def keep_latest(db: Connection, latest: Latest) -> None:
    """Write a thread's checkpoint in place of what it had, so it has no parent."""
    await db.execute(
        STATEMENT,
        {
            "thread": latest.thread_id,
            "namespace": latest.namespace,
            "id": latest.id,
            "checkpoint": Jsonb(dict(latest.checkpoint)),
            "metadata": Jsonb(dict(latest.metadata)),
            "channels": [blob.channel for blob in latest.blobs],
            "versions": [blob.version for blob in latest.blobs],
            "types": [blob.type for blob in latest.blobs],
            "blobs": [blob.data for blob in latest.blobs],
        },
    )
