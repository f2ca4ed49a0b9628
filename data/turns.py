"""Turns: which messages are being answered, by whom, and what came of it.

One writer a conversation. The lease is a row, not a lock: it survives a dropped connection, says
when its holder must be presumed dead, and its token, which only grows, is checked by everything
the holder writes. Whoever wakes up late with an old token changes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from data.conversations import Conversation
from data.db import Connection
from data.errors import LeaseLost, NotFound
from data.events import append_event
from data.handoffs import NewHandoff, open_handoff
from data.messages import NewMessage, add_message
from data.outbox import put_in_outbox
from data.scope import Scope

MOST_MESSAGES = 10  # of one turn: all of them have to fit into what a model gets to see
LEASE_S = 15  # a dead holder's conversation stands still this long; a live one renews three times


LEASE = (
    "UPDATE conversations SET turn_id = %(turn)s, lease_token = lease_token + 1,"
    " lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)"
    " WHERE tenant = %(tenant)s AND id = %(id)s"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one turn. `attempts` is 1 unless a process died in it before."""

    turn_id: UUID
    lease_token: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Turn:
    """`status` is running, answered, handed_over or failed; `result` is what doors answer with."""

    id: UUID
    conversation_id: str
    status: str
    attempts: int
    result: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Everything a turn leaves behind; written in one transaction or not at all."""

    status: str
    owner: str
    result: dict[str, Any]
    replies: tuple[NewMessage, ...]
    intent: str | None = None
    specialist: str | None = None
    handoff: NewHandoff | None = None
    deliver_by: str | None = None
    """The channel that has to deliver the replies; None where the caller fetches them."""
    sentiment: tuple[float, str] | None = field(default=None)


async def claim_turn(db: Connection, scope: Scope, conversation: Conversation) -> Claim | None:
    """Take the lease of a conversation whose row the caller has locked.

    A turn that a dead process left is taken over as it was; otherwise the waiting messages
    become a new one. None when somebody runs a turn, people own it, or nothing waits.
    """
    if not conversation.free:
        return None
    if conversation.turn_id is not None:
        return await _take_over(db, scope, conversation.turn_id)
    return await _start(db, scope) if conversation.owner == "ai" else None


async def _take_over(db: Connection, scope: Scope, turn_id: UUID) -> Claim:
    """Begin a dead process's turn again."""
    cursor = await db.execute(
        "WITH turn AS ("  # noqa: S608
        "  UPDATE turns SET attempts = attempts + 1 WHERE tenant = %(tenant)s AND id = %(turn)s"
        "  RETURNING attempts)"
        f" {LEASE} RETURNING lease_token, coalesce((SELECT attempts FROM turn), 1)",
        _lease_of(scope, turn_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("conversation", scope.conversation_id)
    return Claim(turn_id, int(row[0]), int(row[1]))


async def _start(db: Connection, scope: Scope) -> Claim | None:
    """Make a turn of the messages that have waited longest."""
    turn_id = uuid4()
    cursor = await db.execute(
        "WITH waiting AS ("  # noqa: S608
        "  UPDATE messages SET turn_id = %(turn)s WHERE tenant = %(tenant)s"
        "  AND conversation_id = %(id)s AND seq IN ("
        "   SELECT seq FROM messages WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        "   AND role = 'customer' AND turn_id IS NULL AND NOT for_people"
        "   ORDER BY seq LIMIT %(most)s) RETURNING seq),"
        " turn AS ("
        "  INSERT INTO turns (tenant, id, conversation_id)"
        "  SELECT %(tenant)s, %(turn)s, %(id)s WHERE EXISTS (SELECT FROM waiting))"
        f" {LEASE} AND EXISTS (SELECT FROM waiting) RETURNING lease_token",
        {**_lease_of(scope, turn_id), "most": MOST_MESSAGES},
    )
    row = await cursor.fetchone()
    return Claim(turn_id, int(row[0]), 1) if row else None


async def renew_lease(db: Connection, scope: Scope, lease_token: int) -> None:
    """Hold on for another LEASE_S seconds.

    Raises:
        LeaseLost: somebody else has it.
    """
    cursor = await db.execute(
        "UPDATE conversations SET lease_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE tenant = %s AND id = %s AND lease_token = %s AND turn_id IS NOT NULL",
        (LEASE_S, scope.tenant, scope.conversation_id, lease_token),
    )
    if not cursor.rowcount:
        raise _lost(scope)


async def hold_lease(db: Connection, scope: Scope, lease_token: int) -> None:
    """Keep the lease from changing hands until this transaction ends.

    Raises:
        LeaseLost: it has changed hands already.
    """
    cursor = await db.execute(
        "SELECT FROM conversations WHERE tenant = %s AND id = %s AND lease_token = %s"
        " AND turn_id IS NOT NULL FOR SHARE",
        (scope.tenant, scope.conversation_id, lease_token),
    )
    if not cursor.rowcount:
        raise _lost(scope)


async def finish_turn(db: Connection, scope: Scope, claim: Claim, ending: Ending) -> Claim | None:
    """Write a turn's ending and free the lease, or keep it for the messages that came meanwhile.

    A conversation that people have by now stays theirs.

    Returns:
        The claim of the next turn, or None when nothing waits or people own the conversation.

    Raises:
        LeaseLost: another process took the turn over; nothing is written.
    """
    score, label = ending.sentiment or (None, None)
    cursor = await db.execute(
        "WITH ended AS ("
        "  UPDATE conversations SET turn_id = NULL, lease_until = NULL,"
        "  owner = CASE WHEN owner IN ('queue', 'operator') THEN owner ELSE %(owner)s END,"
        "  intent = coalesce(%(intent)s, intent),"
        "  specialist = coalesce(%(specialist)s, specialist),"
        "  sentiment_score = coalesce(%(score)s, sentiment_score),"
        "  sentiment_label = coalesce(%(label)s, sentiment_label), updated_at = now()"
        "  WHERE tenant = %(tenant)s AND id = %(id)s AND lease_token = %(token)s"
        "  AND turn_id = %(turn)s RETURNING owner)"
        " UPDATE turns SET status = %(status)s, result = %(result)s, finished_at = now()"
        " FROM ended WHERE tenant = %(tenant)s AND id = %(turn)s RETURNING ended.owner,"
        " (SELECT (sentiment_score, sentiment_label) IS DISTINCT FROM"
        "  (%(score)s::double precision, %(label)s::text)"
        "  FROM conversations WHERE tenant = %(tenant)s AND id = %(id)s)",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "token": claim.lease_token,
            "turn": claim.turn_id,
            "owner": ending.owner,
            "intent": ending.intent,
            "specialist": ending.specialist,
            "score": score,
            "label": label,
            "status": ending.status,
            "result": Jsonb(ending.result),
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise _lost(scope)
    owner, mood_changed = row
    for reply in ending.replies:
        await add_message(db, scope, reply)
        if ending.deliver_by:
            await put_in_outbox(db, scope, reply.id, ending.deliver_by, reply.content)
    if ending.handoff:
        await open_handoff(db, scope, claim.turn_id, ending.handoff)
    if ending.sentiment and mood_changed:
        await append_event(db, scope, "sentiment", {"score": score, "label": label})
    if ending.owner != "ai":
        reason = ending.handoff.reason if ending.handoff else None
        await append_event(db, scope, "state", {"owner": ending.owner, "reason": reason})
    if owner == "ai":
        return await _start(db, scope)
    await give_waiting_to_people(db, scope)
    return None


async def give_waiting_to_people(db: Connection, scope: Scope) -> None:
    """What waited for the AI when the conversation went to people is theirs."""
    await db.execute(
        "UPDATE messages SET for_people = true WHERE tenant = %s AND conversation_id = %s"
        " AND role = 'customer' AND turn_id IS NULL AND NOT for_people",
        (scope.tenant, scope.conversation_id),
    )


async def get_turn(db: Connection, tenant: str, turn_id: UUID) -> Turn:
    """One turn.

    Raises:
        NotFound: the tenant has no such turn.
    """
    async with db.cursor(row_factory=class_row(Turn)) as cursor:
        await cursor.execute(
            "SELECT id, conversation_id, status, attempts, result, created_at, finished_at"
            " FROM turns WHERE tenant = %s AND id = %s",
            (tenant, turn_id),
        )
        found = await cursor.fetchone()
    if found is None:
        raise NotFound("turn", turn_id)
    return found


async def stale_conversations(ops: Connection, most: int) -> list[tuple[str, str]]:
    """(tenant, conversation id) of turns whose holder let the lease run out, oldest first."""
    cursor = await ops.execute(
        "SELECT tenant, conversation_id FROM ops.stale_conversations(%s)", [most]
    )
    return [(str(tenant), str(conversation)) for tenant, conversation in await cursor.fetchall()]


def _lease_of(scope: Scope, turn_id: UUID) -> dict[str, object]:
    """What LEASE fills in."""
    return {
        "tenant": scope.tenant,
        "id": scope.conversation_id,
        "turn": turn_id,
        "lease_s": LEASE_S,
    }


def _lost(scope: Scope) -> LeaseLost:
    return LeaseLost(f"the turn of conversation {scope.conversation_id!r} was taken over")
