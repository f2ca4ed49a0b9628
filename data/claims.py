"""Claims: who of the people has a handed-over conversation, and until when.

A claim is a lease. Every transition is one statement that looks at the row as it is then, so of
two at once one changes it and the other finds that it did; the caller holds the conversation's
row. The moment is an argument: the database's own, `moment`.
"""

from datetime import datetime, timedelta

from data.db import Connection
from data.errors import NotFound
from data.handoffs import COLUMNS, Handoff, find_last, standing, tell_state
from data.rows import fetch_one
from data.scope import Scope

HELD_BY_OTHERS = "status = 'accepted' AND assigned_to <> %(who)s AND claim_until > %(at)s"


async def moment(db: Connection) -> datetime:
    """What time it is on the database's clock, which all processes share."""
    row = await (await db.execute("SELECT clock_timestamp()")).fetchone()
    if row is None:
        raise NotFound("time", "now")
    found: datetime = row[0]
    return found


async def take(
    db: Connection, scope: Scope, who: str, at: datetime, life: timedelta
) -> Handoff | None:
    """Let somebody have the conversation: it waits, is theirs already, or its claim ran out.

    Returns:
        The handoff, theirs from now on; None where somebody else has it or none is open.
    """
    return await _owned(
        db,
        scope,
        "UPDATE handoffs SET status = 'accepted', assigned_to = %(who)s,"  # noqa: S608
        " claim_until = %(until)s,"
        " accepted_at = coalesce(accepted_at, %(at)s), offered_to = NULL, rung = 0,"
        " next_rung_at = NULL, snoozed_until = NULL, updated_at = %(at)s"
        " WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        f" AND status IN ('pending', 'accepted') AND NOT ({HELD_BY_OTHERS})",
        {"who": who, "at": at, "until": at + life},
    )


async def give(
    db: Connection, scope: Scope, who: str, at: datetime, life: timedelta
) -> Handoff | None:
    """The same whoever has it at the moment; None where no handoff is open."""
    return await _owned(
        db,
        scope,
        "UPDATE handoffs SET status = 'accepted', claim_until = %(until)s,"
        " last_holder = coalesce(assigned_to, last_holder), assigned_to = %(who)s,"
        " accepted_at = coalesce(accepted_at, %(at)s), offered_to = NULL, next_rung_at = NULL,"
        " snoozed_until = NULL, updated_at = %(at)s"
        " WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        " AND status IN ('pending', 'accepted')",
        {"who": who, "at": at, "until": at + life},
    )


async def renew(
    db: Connection, scope: Scope, who: str, at: datetime, life: timedelta
) -> Handoff | None:
    """A sign of life. A snoozed one's claim lasts as long as it sleeps.

    Returns:
        The handoff; None where it is not theirs any more, even if nobody else has it.
    """
    return await fetch_one(
        db,
        Handoff,
        "UPDATE handoffs SET claim_until = greatest(claim_until, %s), rung = 0"  # noqa: S608
        " WHERE tenant = %s AND conversation_id = %s AND status = 'accepted'"
        f" AND assigned_to = %s RETURNING {COLUMNS}",
        (at + life, scope.tenant, scope.conversation_id, who),
    )


async def snooze(
    db: Connection, scope: Scope, who: str, at: datetime, until: datetime
) -> Handoff | None:
    """Keep the claim without a sign of life until then, or until the customer writes."""
    return await _owned(
        db,
        scope,
        "UPDATE handoffs SET snoozed_until = %(until)s, claim_until = %(until)s,"
        " updated_at = %(at)s"
        " WHERE tenant = %(tenant)s AND conversation_id = %(id)s AND status = 'accepted'"
        " AND assigned_to = %(who)s",
        {"who": who, "at": at, "until": until},
    )


async def wake(db: Connection, scope: Scope, at: datetime, life: timedelta) -> None:
    """The customer wrote: a conversation that sleeps does so no longer."""
    await db.execute(
        "UPDATE handoffs SET snoozed_until = NULL, claim_until = %s, updated_at = %s"
        " WHERE tenant = %s AND conversation_id = %s AND snoozed_until IS NOT NULL"
        " AND status = 'accepted'",
        (at + life, at, scope.tenant, scope.conversation_id),
    )


async def give_back(
    db: Connection, scope: Scope, at: datetime, *, rung: int, next_rung_at: datetime
) -> Handoff | None:
    """Put it back into the queue, at the place its age gives it; None where nobody has it."""
    return await _owned(
        db,
        scope,
        "UPDATE handoffs SET status = 'pending', last_holder = assigned_to, assigned_to = NULL,"
        " claim_until = NULL, snoozed_until = NULL, waiting_since = %(at)s,"
        " rung = greatest(rung, %(rung)s), next_rung_at = %(next)s, updated_at = %(at)s"
        " WHERE tenant = %(tenant)s AND conversation_id = %(id)s AND status = 'accepted'",
        {"at": at, "rung": rung, "next": next_rung_at},
    )


async def climb(
    db: Connection,
    scope: Scope,
    *,
    rung: int,
    next_rung_at: datetime | None,
    offered_to: str | None,
    priority: str,
) -> Handoff | None:
    """One step up the ladder for a handoff that nobody has."""
    return await _owned(
        db,
        scope,
        "UPDATE handoffs SET rung = %(rung)s, next_rung_at = %(next)s,"
        " offered_to = %(offered_to)s, priority = %(priority)s"
        " WHERE tenant = %(tenant)s AND conversation_id = %(id)s AND status = 'pending'",
        {"rung": rung, "next": next_rung_at, "offered_to": offered_to, "priority": priority},
    )


async def due(ops: Connection, at: datetime, most: int) -> list[tuple[str, str]]:
    """(tenant, conversation id) of what a claim ran out on or nobody took in time."""
    cursor = await ops.execute(
        "SELECT tenant, conversation_id FROM ops.due_handoffs(%s, %s)", (at, most)
    )
    return [(str(tenant), str(conversation)) for tenant, conversation in await cursor.fetchall()]


async def _owned(
    db: Connection, scope: Scope, update: str, values: dict[str, object]
) -> Handoff | None:
    """Change the open handoff, and with it who owns the conversation.

    Its parties are told, unless it was only a sign of life.
    """
    before = await find_last(db, scope)
    changed = await fetch_one(
        db,
        Handoff,
        f"WITH changed AS ({update} RETURNING {COLUMNS}),"  # noqa: S608
        " owned AS (UPDATE conversations SET updated_at = now(),"
        "  owner = CASE changed.status WHEN 'pending' THEN 'queue' ELSE 'operator' END"
        "  FROM changed WHERE conversations.tenant = %(tenant)s AND conversations.id = %(id)s)"
        " SELECT * FROM changed",
        {**values, "tenant": scope.tenant, "id": scope.conversation_id},
    )
    if changed is not None and (before is None or standing(before) != standing(changed)):
        await tell_state(db, scope, changed)
    return changed
