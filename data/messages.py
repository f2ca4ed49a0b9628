"""Messages: the truth and the history of a conversation, in order."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from data.db import Connection
from data.errors import Conflict
from data.events import HELD, hint
from data.scope import Scope

COLUMNS = (
    "id, seq, conversation_id, role, direction, content, specialist, sources, metadata, turn_id,"
    " for_people, created_at"
)

SPOKEN = ("customer", "assistant", "operator")

WITH_PEOPLE = "with_people"  # in the metadata: it came to people, and that was its outcome


@dataclass(frozen=True, slots=True)
class Message:
    """`role` is customer, assistant, operator, note or system; `seq` orders the conversation."""

    id: str
    seq: int
    conversation_id: str
    role: str
    direction: str
    content: str
    specialist: str | None
    sources: list[dict[str, Any]]
    metadata: dict[str, Any]
    turn_id: UUID | None
    for_people: bool
    created_at: datetime

    @property
    def came_to_people(self) -> bool:
        """Whether people had the conversation when it came, whoever answered it in the end."""
        return self.for_people or WITH_PEOPLE in self.metadata


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message about to be stored; `seq` and time come from the database."""

    id: str
    role: str
    content: str
    specialist: str | None = None
    sources: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    turn_id: UUID | None = None
    for_people: bool = False

    @property
    def digest(self) -> bytes:
        """Tells a repeated message from another one under the same id: words, tone and the rest."""
        whole = json.dumps([self.content, self.metadata], sort_keys=True)
        return hashlib.sha256(whole.encode()).digest()


async def add_message(db: Connection, scope: Scope, message: NewMessage) -> bool:
    """Store a message, and tell of it; False when this very message is there already.

    The caller holds the conversation's row, so order of `seq` is order of acceptance.

    Raises:
        Conflict: the id was used for a message with other content, or of somebody else.
    """
    cursor = await db.execute(
        f"WITH {HELD} INSERT INTO messages (tenant, id, conversation_id, role, direction,"  # noqa: S608
        "  content, specialist, sources, metadata, digest, turn_id, for_people)"
        " SELECT %(tenant)s, %(message)s, %(id)s, %(role)s, %(direction)s, %(content)s,"
        "  %(specialist)s, %(sources)s, %(metadata)s, %(digest)s, %(turn)s, %(for_people)s"
        "  FROM held ON CONFLICT DO NOTHING RETURNING seq",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "message": message.id,
            "role": message.role,
            "direction": "inbound" if message.role == "customer" else "outbound",
            "content": message.content,
            "specialist": message.specialist,
            "sources": Jsonb(message.sources),
            "metadata": Jsonb(message.metadata),
            "digest": message.digest,
            "turn": message.turn_id,
            "for_people": message.for_people,
        },
    )
    added = await cursor.fetchone()
    hint(db, scope, added)
    if added:
        return True
    cursor = await db.execute(
        "SELECT role, digest FROM messages WHERE tenant = %s AND conversation_id = %s AND id = %s",
        (scope.tenant, scope.conversation_id, message.id),
    )
    if await cursor.fetchone() != (message.role, message.digest):
        raise Conflict("message_id: already used for another message in this conversation")
    return False


async def annotate(db: Connection, scope: Scope, message_id: str, notes: dict[str, Any]) -> None:
    """Add to a message's metadata what became known when it arrived.

    Whether it is the same message when it comes again does not depend on it.
    """
    await db.execute(
        "UPDATE messages SET metadata = metadata || %s"
        " WHERE tenant = %s AND conversation_id = %s AND id = %s",
        (Jsonb(notes), scope.tenant, scope.conversation_id, message_id),
    )


async def leave_to_the_ai(db: Connection, scope: Scope, handoff_id: UUID) -> None:
    """What came to people in a handoff, and no operator has answered, waits for the AI.

    Its outcome stays what it was. The caller holds the conversation's row.
    """
    await db.execute(
        "UPDATE messages SET for_people = false, metadata = metadata || %(mark)s"
        " WHERE tenant = %(tenant)s AND conversation_id = %(conversation)s"
        " AND role = 'customer' AND turn_id IS NULL AND for_people AND seq > ("
        "  SELECT coalesce(max(m.seq), 0) FROM messages m WHERE m.tenant = %(tenant)s"
        "  AND m.conversation_id = %(conversation)s AND (m.role = 'operator'"
        "   OR (m.role = 'customer' AND m.turn_id = (SELECT h.turn_id FROM handoffs h"
        "    WHERE h.tenant = %(tenant)s AND h.id = %(handoff)s))))",
        {
            "mark": Jsonb({WITH_PEOPLE: True}),
            "tenant": scope.tenant,
            "conversation": scope.conversation_id,
            "handoff": handoff_id,
        },
    )


async def get_message(db: Connection, scope: Scope, message_id: str) -> Message | None:
    found = await _select(
        db,
        "WHERE tenant = %s AND conversation_id = %s AND id = %s",
        (scope.tenant, scope.conversation_id, message_id),
    )
    return found[0] if found else None


async def list_messages(
    db: Connection, scope: Scope, *, after: int = 0, limit: int = 100, notes: bool = False
) -> list[Message]:
    """The history from `after` (a `seq`) on, oldest first; operators' notes only if asked for."""
    return await _select(
        db,
        "WHERE tenant = %s AND conversation_id = %s AND seq > %s AND (%s OR role <> 'note')"
        " ORDER BY seq LIMIT %s",
        (scope.tenant, scope.conversation_id, after, notes, limit),
    )


async def last_messages(
    db: Connection, scope: Scope, limit: int, *, roles: Sequence[str] = SPOKEN
) -> list[Message]:
    """What was said last, oldest first, without operators' notes."""
    found = await _select(
        db,
        "WHERE tenant = %s AND conversation_id = %s AND role = ANY(%s) ORDER BY seq DESC LIMIT %s",
        (scope.tenant, scope.conversation_id, list(roles), limit),
    )
    return found[::-1]


async def last_reply(db: Connection, scope: Scope) -> str:
    """What the customer was told last, by the AI or a person; empty in a new conversation."""
    cursor = await db.execute(
        "SELECT content FROM messages WHERE tenant = %s AND conversation_id = %s"
        " AND role IN ('assistant', 'operator') ORDER BY seq DESC LIMIT 1",
        (scope.tenant, scope.conversation_id),
    )
    row = await cursor.fetchone()
    return str(row[0]) if row else ""


async def turn_window(db: Connection, scope: Scope, turn_id: UUID, limit: int) -> list[Message]:
    """What was said before a turn, at most `limit` messages, and then the turn's own messages.

    A message that arrived while another was being answered stands before that one's reply in
    the history. Here it stands after it, or the turn would answer both; what still waits for
    a later turn, and operators' private notes, are left out.
    """
    return await _select(
        db,
        "WHERE tenant = %(tenant)s AND conversation_id = %(conversation)s AND seq IN ("
        " SELECT seq FROM messages WHERE tenant = %(tenant)s AND turn_id = %(turn)s"
        "  AND role = 'customer'"
        " UNION (SELECT seq FROM messages WHERE tenant = %(tenant)s"
        "  AND conversation_id = %(conversation)s AND role <> 'note'"
        "  AND (role <> 'customer' OR turn_id IS NOT NULL OR for_people)"
        "  ORDER BY seq DESC LIMIT %(limit)s))"
        " ORDER BY role = 'customer' AND turn_id IS NOT DISTINCT FROM %(turn)s, seq",
        {
            "tenant": scope.tenant,
            "conversation": scope.conversation_id,
            "turn": turn_id,
            "limit": limit,
        },
    )


async def of_turn(db: Connection, scope: Scope, turn_id: UUID) -> list[Message]:
    """The customer's messages that a turn answers, in order."""
    return await _select(
        db,
        "WHERE tenant = %s AND turn_id = %s AND role = 'customer' ORDER BY seq",
        (scope.tenant, turn_id),
    )


async def _select(
    db: Connection, where: str, values: Sequence[object] | Mapping[str, object]
) -> list[Message]:
    async with db.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(f"SELECT {COLUMNS} FROM messages {where}", values)  # noqa: S608
        return await cursor.fetchall()
