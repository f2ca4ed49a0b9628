"""What policies held back, and why: the audit of what was not done, beside `writes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from data.db import Connection
from data.personal import opened_json, personal_of
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Held:
    """A ruling about to be kept. `verdict` is refuse, confirm, prove, approve or allow.

    `tried` are rules that are only tried out and would have held it back.
    """

    key: str
    turn_id: UUID
    operation: str
    arguments: dict[str, Any]
    verdict: str
    rules: Sequence[str]
    tried: Sequence[str]
    because: str
    policy_version: int


async def add_ruling(db: Connection, scope: Scope, held: Held) -> None:
    """Keep a ruling; the same key again changes nothing."""
    personal = await personal_of(db, scope.tenant)
    await db.execute(
        "INSERT INTO rulings (tenant, key, turn_id, conversation_id, customer_id, actor, operation,"
        " arguments, verdict, rules, tried, because, policy_version)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            scope.tenant,
            held.key,
            held.turn_id,
            scope.conversation_id,
            scope.customer_id,
            f"{scope.role}/{scope.party}",
            held.operation,
            personal.json(held.arguments),
            held.verdict,
            list(held.rules),
            list(held.tried),
            held.because,
            held.policy_version,
        ),
    )


@dataclass(frozen=True, slots=True)
class Exchange:
    """How the customer was asked to confirm a call, and what they wrote next."""

    asked: str
    answered: str


async def find_exchange(
    db: Connection, scope: Scope, turn_id: UUID, operation: str, arguments: dict[str, Any]
) -> Exchange | None:
    """The question of the turn just before, if this very call was held back in it, and the answer.

    Only the customer's next message counts: after another turn a yes may be to something else.
    """
    cursor = await db.execute(
        "WITH before AS (SELECT t.id FROM turns t JOIN turns now ON now.tenant = t.tenant"
        "  AND now.conversation_id = t.conversation_id AND now.id = %(turn)s"
        "  WHERE t.tenant = %(tenant)s AND t.conversation_id = %(conversation)s"
        "  AND t.created_at < now.created_at ORDER BY t.created_at DESC LIMIT 1)"
        " SELECT r.arguments,"
        "  coalesce((SELECT string_agg(content, E'\\n' ORDER BY seq) FROM messages m"
        "   WHERE m.tenant = %(tenant)s AND m.turn_id = r.turn_id AND m.role = 'assistant'), ''),"
        "  coalesce((SELECT string_agg(content, E'\\n' ORDER BY seq) FROM messages m"
        "   WHERE m.tenant = %(tenant)s AND m.turn_id = %(turn)s AND m.role = 'customer'), '')"
        " FROM rulings r JOIN before ON before.id = r.turn_id WHERE r.tenant = %(tenant)s"
        " AND r.verdict = 'confirm' AND r.operation = %(operation)s",
        {
            "tenant": scope.tenant,
            "conversation": scope.conversation_id,
            "turn": turn_id,
            "operation": operation,
        },
    )
    for kept, asked, answered in await cursor.fetchall():
        if opened_json(db, scope.tenant, kept) == arguments:
            return Exchange(str(asked), str(answered))
    return None


async def find_proving(
    db: Connection, scope: Scope, operation: str, arguments: dict[str, Any]
) -> UUID | None:
    """The last turn of the conversation in which a code was asked for, for this very call."""
    cursor = await db.execute(
        "SELECT turn_id, arguments FROM rulings WHERE tenant = %s AND conversation_id = %s"
        " AND verdict = 'prove' AND operation = %s ORDER BY created_at DESC",
        (scope.tenant, scope.conversation_id, operation),
    )
    for turn_id, kept in await cursor.fetchall():
        if opened_json(db, scope.tenant, kept) == arguments:
            return UUID(str(turn_id))
    return None


async def count_done(
    db: Connection, scope: Scope, actions: Sequence[str], per: str, days: int | None, key: str
) -> int:
    """How often these were done, or wait to be, for the customer or in the conversation.

    The call of that `key` does not count. Where no customer is known, the conversation counts.
    Until the transaction ends nobody else may count the same, so that the count holds.
    """
    customer = scope.customer_id if per == "customer" else None
    whose = f"customer:{customer}" if customer else f"conversation:{scope.conversation_id}"
    values = {
        "lock": f"{scope.tenant} {whose} {' '.join(sorted(actions))}",
        "tenant": scope.tenant,
        "actions": list(actions),
        "customer": customer,
        "conversation": scope.conversation_id,
        "days": days,
        "key": key,
    }
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(lock)s, 0))", values)
    chosen = (
        "tenant = %(tenant)s AND operation = ANY(%(actions)s) AND key <> %(key)s"
        " AND (customer_id = %(customer)s::bigint"
        "  OR (%(customer)s::bigint IS NULL AND conversation_id = %(conversation)s))"
        " AND (%(days)s::integer IS NULL OR created_at > now() - make_interval(days => %(days)s))"
    )
    cursor = await db.execute(
        f"SELECT (SELECT count(*) FROM writes WHERE {chosen})"  # noqa: S608
        f" + (SELECT count(*) FROM approvals WHERE {chosen} AND status IN ('pending', 'granted'))",
        values,
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
