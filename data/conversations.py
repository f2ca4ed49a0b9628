"""Conversations: whose they are, who owns them, where their lease stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from data.db import Connection
from data.errors import NotFound
from data.events import append_event
from data.scope import Identity, Scope

COLUMNS = (
    "id, party, customer_id, identity, channel, status, owner, intent, specialist,"
    " sentiment_score, sentiment_label, lease_token, turn_id, created_at, updated_at,"
    " lease_until IS NULL OR lease_until < clock_timestamp() AS free"
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """`owner` is ai, queue, operator or closed. `free`: no process is running a turn of it.

    A `turn_id` on a free conversation is a turn whose process died.
    """

    id: str
    party: str
    customer_id: int | None
    identity: str
    channel: str
    status: str
    owner: str
    intent: str | None
    specialist: str | None
    sentiment_score: float | None
    sentiment_label: str | None
    lease_token: int
    turn_id: UUID | None
    created_at: datetime
    updated_at: datetime
    free: bool

    def scope(self, asking: Scope) -> Scope:
        """The caller within this conversation, with whatever it is already linked to."""
        known = asking.customer_id is not None
        return Scope(
            tenant=asking.tenant,
            role=asking.role,
            party=self.party,
            conversation_id=self.id,
            customer_id=asking.customer_id if known else self.customer_id,
            identity=asking.identity if known else Identity(self.identity),
            address=asking.address,
        )


async def lock_conversation(db: Connection, scope: Scope, channel: str) -> Conversation:
    """The caller's conversation, opened if its id is new, locked until the transaction ends.

    Raises:
        NotFound: the id belongs to another party. It looks the same as one that never was.
    """
    async with db.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(
            "WITH opened AS ("  # noqa: S608
            "  INSERT INTO conversations (tenant, id, party, customer_id, identity, channel)"
            "  VALUES (%(tenant)s, %(id)s, %(party)s, %(customer_id)s, %(identity)s, %(channel)s)"
            f"  ON CONFLICT DO NOTHING RETURNING {COLUMNS}),"
            f" known AS (SELECT {COLUMNS} FROM conversations"
            "  WHERE tenant = %(tenant)s AND id = %(id)s FOR NO KEY UPDATE)"
            " SELECT * FROM opened UNION ALL SELECT * FROM known",
            {
                "tenant": scope.tenant,
                "id": scope.conversation_id,
                "party": scope.party,
                "customer_id": scope.customer_id,
                "identity": scope.identity,
                "channel": channel,
            },
        )
        found = await cursor.fetchone()
    if found is None:  # opened by another transaction while this one waited for it
        found = await lock_existing(db, scope)
    if found.party != scope.party:
        raise NotFound("conversation", scope.conversation_id)
    return found


async def lock_existing(db: Connection, scope: Scope) -> Conversation:
    """A conversation of the tenant, whoever's it is, locked until the transaction ends.

    Raises:
        NotFound: the tenant has no such conversation.
    """
    return await _select(db, scope, "FOR NO KEY UPDATE")


async def get_conversation(db: Connection, scope: Scope) -> Conversation:
    """One conversation of the tenant; whether the caller may see it is the caller's affair.

    Raises:
        NotFound: the tenant has no such conversation.
    """
    return await _select(db, scope, "")


async def channel_of(db: Connection, scope: Scope) -> str:
    """How the customer of the conversation writes.

    Raises:
        NotFound: the tenant has no such conversation.
    """
    cursor = await db.execute(
        "SELECT channel FROM conversations WHERE tenant = %s AND id = %s",
        (scope.tenant, scope.conversation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("conversation", scope.conversation_id)
    return str(row[0])


async def _select(db: Connection, scope: Scope, lock: str) -> Conversation:
    async with db.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(
            f"SELECT {COLUMNS} FROM conversations WHERE tenant = %s AND id = %s {lock}",  # noqa: S608
            (scope.tenant, scope.conversation_id),
        )
        found = await cursor.fetchone()
    if found is None:
        raise NotFound("conversation", scope.conversation_id)
    return found


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations a list shows; `before` is the last row of the page before."""

    party: str | None = None
    customer_id: int | None = None
    claimed: bool = False
    """Whether `customer_id` finds those, too, whose party only says to be that customer."""
    status: str | None = None
    channel: str | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 50


async def list_conversations(db: Connection, tenant: str, chosen: Filter) -> list[Conversation]:
    """Newest first."""
    at, last = chosen.before or (None, None)
    async with db.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(
            f"SELECT {COLUMNS} FROM conversations WHERE tenant = %(tenant)s"  # noqa: S608
            " AND (%(party)s::text IS NULL OR party = %(party)s)"
            " AND (%(customer_id)s::bigint IS NULL OR customer_id = %(customer_id)s"
            "  AND (%(claimed)s OR identity = 'verified'))"
            " AND (%(status)s::text IS NULL OR status = %(status)s)"
            " AND (%(channel)s::text IS NULL OR channel = %(channel)s)"
            " AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s, %(last)s))"
            " ORDER BY created_at DESC, id DESC LIMIT %(limit)s",
            {
                "tenant": tenant,
                "party": chosen.party,
                "customer_id": chosen.customer_id,
                "claimed": chosen.claimed,
                "status": chosen.status,
                "channel": chosen.channel,
                "at": at,
                "last": last,
                "limit": chosen.limit,
            },
        )
        return await cursor.fetchall()


async def reopen(db: Connection, scope: Scope) -> Conversation:
    """A customer writes to a conversation that was closed: the AI has it again."""
    await db.execute(
        "UPDATE conversations SET owner = 'ai', status = 'active', updated_at = now()"
        " WHERE tenant = %s AND id = %s",
        (scope.tenant, scope.conversation_id),
    )
    await append_event(db, scope, "state", {"owner": "ai", "status": "active"})
    return await _select(db, scope, "")


async def note_sentiment(db: Connection, scope: Scope, score: float, label: str) -> None:
    """How the customer feels while people have the conversation; a turn's end says it otherwise."""
    cursor = await db.execute(
        "UPDATE conversations SET sentiment_score = %(score)s, sentiment_label = %(label)s"
        " WHERE tenant = %(tenant)s AND id = %(id)s AND owner IN ('queue', 'operator')"
        " AND (sentiment_score, sentiment_label) IS DISTINCT FROM"
        "  (%(score)s::double precision, %(label)s::text)",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "score": score,
            "label": label,
        },
    )
    if cursor.rowcount:
        await append_event(db, scope, "sentiment", {"score": score, "label": label})


async def close(db: Connection, scope: Scope) -> None:
    """End the conversation, and with it a handoff that nobody needs any more."""
    await db.execute(
        "WITH ended AS (UPDATE handoffs SET status = 'resolved', claim_until = NULL,"
        "  assigned_to = coalesce(assigned_to, %(by)s), snoozed_until = NULL, offered_to = NULL,"
        "  next_rung_at = NULL, ended_at = now(), ended_by = %(by)s, updated_at = now()"
        "  WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        "  AND status IN ('pending', 'accepted'))"
        " UPDATE conversations SET owner = 'closed', status = 'closed', updated_at = now()"
        " WHERE tenant = %(tenant)s AND id = %(id)s",
        {"tenant": scope.tenant, "id": scope.conversation_id, "by": scope.party},
    )
    await append_event(db, scope, "state", {"owner": "closed", "status": "closed"})


async def resolution(
    db: Connection, scope: Scope
) -> Literal["escalated", "resolved", "unresolved"]:
    """What came of it: escalated if people were needed, resolved if something was answered."""
    cursor = await db.execute(
        "SELECT EXISTS (SELECT FROM handoffs WHERE tenant = %(tenant)s"
        "  AND conversation_id = %(id)s),"
        " EXISTS (SELECT FROM turns WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        "  AND status = 'answered')",
        {"tenant": scope.tenant, "id": scope.conversation_id},
    )
    handed_over, answered = await cursor.fetchone() or (False, False)
    if handed_over:
        return "escalated"
    return "resolved" if answered else "unresolved"
