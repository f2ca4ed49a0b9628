"""What happens to a conversation, in order, and word of it to every process that listens.

Messages are their own log; `events` has what else its parties get to know. Both take their `seq`
from one sequence, one writer a conversation at a time, so `seq` is the order of commits: whoever
has seen everything up to one number misses nothing by asking for what comes after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString

from psycopg.types.json import Jsonb

from data.db import Connection
from data.rows import fetch_all
from data.scope import Scope

KEPT = timedelta(days=30)  # of events; messages stay as long as their conversation

# Every statement that adds to a conversation's log begins with this, and gives the number, which
# `hint` then tells. It is taken while nobody else may take one, until the commit.
HELD: LiteralString = (
    "held AS MATERIALIZED (SELECT pg_advisory_xact_lock("
    "hashtextextended(concat_ws(' ', %(tenant)s::text, %(id)s::text), 0)))"
)

Kind = Literal["state", "sentiment"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind` is message, state or sentiment; a `private` one is for colleagues only."""

    seq: int
    kind: str
    private: bool
    body: dict[str, Any]
    created_at: datetime


async def append_event(
    db: Connection, scope: Scope, kind: Kind, body: Mapping[str, Any], *, private: bool = False
) -> None:
    """Note an event of the scope's conversation; it is told when this transaction commits.

    Args:
        db: the transaction of the change that the event tells of.
        scope: whose conversation it is.
        kind: `state` (owner, status, why, who has it) or `sentiment` (score, label).
        body: what its parties are told, as plain values; what is left out has not changed.
        private: for colleagues only.
    """
    cursor = await db.execute(
        f"WITH {HELD} INSERT INTO events (tenant, conversation_id, kind, body, private)"  # noqa: S608
        " SELECT %(tenant)s, %(id)s, %(kind)s, %(body)s, %(private)s FROM held RETURNING seq",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "kind": kind,
            "body": Jsonb(dict(body)),
            "private": private,
        },
    )
    hint(db, scope, await cursor.fetchone())


def hint(db: Connection, scope: Scope, added: tuple[int] | None) -> None:
    """Tell every process, when this transaction commits, that the conversation's log has grown.

    Args:
        db: the transaction.
        scope: whose log it is.
        added: the row that holds the entry's number; None where nothing was added.

    Raises:
        RuntimeError: there is no transaction; a bug.
    """
    if added is None:
        return
    if db.hints is None:
        raise RuntimeError("the log grows in a transaction, or nobody hears of it")
    db.hints.append(f"{scope.tenant} {scope.conversation_id} {added[0]}")


MESSAGES: LiteralString = (
    "SELECT seq, 'message' AS kind, role = 'note' AS private, jsonb_build_object('message_id', id,"
    " 'role', role, 'content', content, 'specialist', specialist, 'sources', sources,"
    " 'metadata', metadata) AS body, created_at"
    " FROM messages WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
)


async def entries_after(
    db: Connection, scope: Scope, after: int, *, limit: int = 200
) -> list[Entry]:
    """What the conversation's log holds after `after`, in order.

    One statement, so one snapshot: of a transaction either everything is there or nothing.
    """
    return await fetch_all(
        db,
        Entry,
        f"({MESSAGES} AND seq > %(after)s ORDER BY seq LIMIT %(limit)s)"  # noqa: S608
        " UNION ALL (SELECT seq, kind, private, body, created_at"
        "  FROM events WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        "  AND seq > %(after)s ORDER BY seq LIMIT %(limit)s)"
        " ORDER BY seq LIMIT %(limit)s",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "after": after,
            "limit": limit,
        },
    )


async def entries_about(db: Connection, scope: Scope, message_id: str) -> list[Entry]:
    """A message's own entry, and that of the answer to it, if there is one yet."""
    return await fetch_all(
        db,
        Entry,
        f"{MESSAGES} AND (id = %(message)s OR (role = 'assistant' AND turn_id = (SELECT turn_id"  # noqa: S608
        "  FROM messages WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        "  AND id = %(message)s))) ORDER BY seq",
        {"tenant": scope.tenant, "id": scope.conversation_id, "message": message_id},
    )


async def last_seq(db: Connection, scope: Scope) -> int:
    """Where the conversation's log ends; 0 for one without entries."""
    cursor = await db.execute(
        "SELECT greatest("
        " (SELECT max(seq) FROM messages WHERE tenant = %(tenant)s AND conversation_id = %(id)s),"
        " (SELECT max(seq) FROM events WHERE tenant = %(tenant)s AND conversation_id = %(id)s), 0)",
        {"tenant": scope.tenant, "id": scope.conversation_id},
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def forget_events(ops: Connection, before: datetime, most: int) -> int:
    """Delete events of every tenant that are older; how many there were, at most `most`."""
    cursor = await ops.execute("SELECT ops.forget_events(%s, %s)", (before, most))
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
