"""The graph's memory at rest: its values sealed where the tenant asked for it.

LangGraph's own form: a value's type ends in `+` and the name of the key, so sealed values and open
ones stand side by side and are read alike.
"""

from typing import Any

from langgraph.checkpoint.serde.base import CipherProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from data.db import Connection
from data.personal import Personal
from data.personal_columns import Batch
from data.sealing import CannotOpen, Keyring

BATCH = 50  # threads

REWRITE = {
    "checkpoint_blobs": (
        "UPDATE checkpoint_blobs SET type = %s, blob = %s WHERE thread_id = %s AND ctid = %s"
    ),
    "checkpoint_writes": (
        "UPDATE checkpoint_writes SET type = %s, blob = %s WHERE thread_id = %s AND ctid = %s"
    ),
}
ADD_BLOB = (
    "INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)"
    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (thread_id, checkpoint_ns, channel, version)"
    " DO UPDATE SET type = excluded.type, blob = excluded.blob"
)
EMPTY_CHECKPOINT = (
    "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint, '{channel_values}', '{}')"
    " WHERE thread_id = %s AND checkpoint_ns = %s AND checkpoint_id = %s"
)


class ThreadCipher(CipherProtocol):
    """Seals values for one thread: moved to another, they do not open."""

    def __init__(self, keyring: Keyring | None, thread_id: str) -> None:
        self._keyring = keyring
        self._place = f"{thread_id}/memory"

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """The key's name, and what the value is sealed as."""
        return self._ring.seal_bytes(plaintext, self._place)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """What was sealed for this thread.

        Raises:
            CannotOpen: no key fits, or it is not what was sealed there.
        """
        return self._ring.open_bytes(ciphername, ciphertext, self._place)

    @property
    def _ring(self) -> Keyring:
        if self._keyring is None:
            raise CannotOpen("a conversation's memory is sealed, and ENCRYPTION_KEYS is empty")
        return self._keyring


def serializer(keyring: Keyring | None, thread_id: str) -> EncryptedSerializer:
    """Reads a thread's values, sealed or not, and seals what it writes."""
    return EncryptedSerializer(ThreadCipher(keyring, thread_id), JsonPlusSerializer())


async def count_threads(db: Connection, tenant: str) -> int:
    """How many threads the tenant has."""
    cursor = await db.execute(
        "SELECT count(DISTINCT thread_id) FROM checkpoints"
        " WHERE split_part(thread_id, ':', 1) = %s",
        [tenant],
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def count_memory(db: Connection, tenant: str, key: str) -> tuple[int, int, int]:
    """Of the tenant's threads: sealed with the key of this name, with another, with open values."""
    cursor = await db.execute(
        "WITH kinds AS (SELECT thread_id, type FROM checkpoint_blobs WHERE blob IS NOT NULL"
        " UNION ALL SELECT thread_id, type FROM checkpoint_writes"
        " UNION ALL SELECT thread_id, 'json' FROM checkpoints"
        "  WHERE coalesce(checkpoint->'channel_values', '{}') <> '{}'),"
        " threads AS (SELECT bool_or(type NOT LIKE '%%+%%') AS open,"
        "  bool_or(type LIKE '%%+%%' AND split_part(type, '+', 2) <> %(key)s) AS outdated"
        "  FROM kinds WHERE split_part(thread_id, ':', 1) = %(tenant)s GROUP BY thread_id)"
        " SELECT count(*) FILTER (WHERE NOT open AND NOT outdated),"
        "  count(*) FILTER (WHERE outdated AND NOT open), count(*) FILTER (WHERE open)"
        " FROM threads",
        {"key": key, "tenant": tenant},
    )
    row = await cursor.fetchone()
    return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)


async def rewrite_threads(db: Connection, personal: Personal, after: str | None) -> Batch:
    """Store the next threads' values, in the order of their ids, as `personal` has it.

    What no key opens stays as it is.
    """
    cursor = await db.execute(
        "SELECT DISTINCT thread_id FROM checkpoints WHERE thread_id > %s"
        " AND split_part(thread_id, ':', 1) = %s ORDER BY thread_id LIMIT %s",
        (after or "", personal.tenant, BATCH),
    )
    threads = [str(row[0]) for row in await cursor.fetchall()]
    changed = unopened = 0
    for thread in threads:
        try:
            changed += await _rewrite_thread(db, personal, thread)
        except CannotOpen:
            unopened += 1
    last = threads[-1] if len(threads) == BATCH else None
    return Batch(len(threads), changed, unopened, last)


async def _rewrite_thread(db: Connection, personal: Personal, thread: str) -> bool:
    """Whether anything had to be changed.

    Raises:
        CannotOpen: no key opens a value; nothing of the thread was changed.
    """
    values = serializer(db.keyring, thread)
    changes = [
        (statement, row)
        for table, statement in REWRITE.items()
        for row in await _rewritten_rows(db, personal, values, table, thread)
    ]
    if personal.sealing:
        changes += await _moved_out(db, values, thread)
    for statement, row in changes:
        await db.execute(statement, row)
    return bool(changes)


async def _rewritten_rows(
    db: Connection, personal: Personal, values: EncryptedSerializer, table: str, thread: str
) -> list[tuple[Any, ...]]:
    cursor = await db.execute(
        f"SELECT type, blob, ctid FROM {table} WHERE thread_id = %s"  # noqa: S608
        " AND blob IS NOT NULL FOR UPDATE",
        [thread],
    )
    first = personal.keyring.first if personal.sealing and personal.keyring else ""
    rows = []
    for kind, blob, place in await cursor.fetchall():
        plain_kind, _, key = kind.partition("+")
        if key == first:
            continue
        data = values.cipher.decrypt(key, blob) if key else blob
        if first:
            key, data = values.cipher.encrypt(data)
            plain_kind = f"{plain_kind}+{key}"
        rows.append((plain_kind, data, thread, place))
    return rows


async def _moved_out(
    db: Connection, values: EncryptedSerializer, thread: str
) -> list[tuple[str, tuple[Any, ...]]]:
    """What stands open inside a checkpoint's row, as sealed rows of its own."""
    cursor = await db.execute(
        "SELECT checkpoint_ns, checkpoint_id, checkpoint->'channel_values',"
        " checkpoint->'channel_versions' FROM checkpoints WHERE thread_id = %s"
        " AND coalesce(checkpoint->'channel_values', '{}') <> '{}' FOR UPDATE",
        [thread],
    )
    changes: list[tuple[str, tuple[Any, ...]]] = []
    for namespace, checkpoint, inside, versions in await cursor.fetchall():
        for channel, value in inside.items():
            sealed = (thread, namespace, channel, str(versions[channel]))
            changes.append((ADD_BLOB, (*sealed, *values.dumps_typed(value))))
        changes.append((EMPTY_CHECKPOINT, (thread, namespace, checkpoint)))
    return changes
