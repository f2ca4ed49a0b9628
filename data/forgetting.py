"""Forgetting a person: what is deleted, and what stays without them.

Orders, invoices, tickets and sessions stay for the books and the figures, and the audit trail for
whoever has to account for what was done; nothing in them says who it was.
"""

from dataclasses import dataclass

from psycopg import sql

from data.db import Connection
from data.scope import party_of

THEIRS = "customer_id = ANY(%(customers)s)"
THEIRS_OR_THERE = f"({THEIRS} OR conversation_id = ANY(%(conversations)s))"
THEY_ASKED = f"({THEIRS_OR_THERE} OR party = ANY(%(parties)s))"
OF_LEAD = (
    "EXISTS (SELECT FROM leads l WHERE l.tenant = %(tenant)s AND l.id = lead_id"
    " AND (l.customer_id = ANY(%(customers)s) OR l.conversation_id = ANY(%(conversations)s)))"
)

# What is done in each table, in this order, and to which rows. Deleting a conversation takes what
# hangs on it along. Whoever adds a table that names a customer or a conversation adds a line.
STEPS = {
    "subscriptions": ("DELETE FROM subscriptions", THEIRS),
    "lines": ("DELETE FROM lines", THEIRS),
    "profiles": ("DELETE FROM profiles", THEIRS),
    "orders": ("UPDATE orders SET tracking = NULL", THEIRS),
    "tickets": (
        "UPDATE tickets SET subject = '', description = '', conversation_id = NULL",
        THEIRS_OR_THERE,
    ),
    "quotes": ("DELETE FROM quotes", OF_LEAD),
    "appointments": ("DELETE FROM appointments", OF_LEAD),
    "leads": (
        "UPDATE leads SET name = '', phone = NULL, email = NULL, details = NULL,"
        " customer_id = NULL, conversation_id = NULL",
        THEIRS_OR_THERE,
    ),
    "session_insights": (
        "UPDATE session_insights SET session = gen_random_uuid()::text, customer_id = NULL,"
        " conversation_id = NULL",
        THEIRS_OR_THERE,
    ),
    "knowledge_gaps": ("DELETE FROM knowledge_gaps", THEY_ASKED),
    "knowledge_feedback": (
        "UPDATE knowledge_feedback SET query = NULL, comment = NULL, party = '',"
        " customer_id = NULL, conversation_id = NULL",
        THEY_ASKED,
    ),
    "writes": (
        "UPDATE writes SET key = gen_random_uuid()::text, arguments = '{}', before = NULL,"
        " after = NULL, conversation_id = NULL, turn_id = NULL,"
        " actor = split_part(actor, '/', 1)",
        f"({THEIRS_OR_THERE} OR substr(actor, strpos(actor, '/') + 1) = ANY(%(parties)s))",
    ),
    "merges": (
        "DELETE FROM merges",
        "(survivor_id = ANY(%(customers)s) OR merged_id = ANY(%(customers)s))",
    ),
    "conversations": ("DELETE FROM conversations", "id = ANY(%(conversations)s)"),
    "customers": (
        "UPDATE customers SET name = '', email = 'forgotten-' || id || '@invalid', phone = NULL,"
        " email_key = NULL, plan = NULL, sentiment_score = NULL, language = NULL,"
        " preferred_tone = NULL, contact_channels = '{}', forgotten_at = now(), updated_at = now()",
        "id = ANY(%(customers)s)",
    ),
}
KEPT = frozenset({"invoices"})  # the books need them as they are; they name only a number
WITH_THE_CONVERSATION = frozenset(
    {"messages", "turns", "handoffs", "outbox", "codes", "events", "seen", "rulings", "approvals"}
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's numbers and conversations, those merged into them included."""

    customers: list[int]
    conversations: list[str]


async def find_person(db: Connection, tenant: str, customers: list[int]) -> Person:
    """Everything that is theirs to talk about."""
    cursor = await db.execute(
        "SELECT id FROM conversations WHERE tenant = %s"
        " AND (customer_id = ANY(%s) OR party = ANY(%s)) ORDER BY id",
        (tenant, customers, [party_of(one) for one in customers]),
    )
    return Person(customers, [str(row[0]) for row in await cursor.fetchall()])


async def forget(db: Connection, tenant: str, person: Person) -> dict[str, int]:
    """Delete or anonymise every row; how many of each table. There is no way back."""
    values = {
        "tenant": tenant,
        "customers": person.customers,
        "conversations": person.conversations,
        "parties": [party_of(one) for one in person.customers],
    }
    counts = {}
    for table, (action, rows) in STEPS.items():
        where = sql.SQL(" WHERE tenant = %(tenant)s AND ") + sql.SQL(rows)
        cursor = await db.execute(sql.SQL(action) + where, values)
        if cursor.rowcount:
            counts[table] = cursor.rowcount
    return counts
