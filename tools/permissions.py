"""What each role may read and write. One table, checked in `tools.operation.check`.

The database roles of migration 0009 may do the same and no more, so a body that writes what its
declaration does not say fails.
"""

from dataclasses import dataclass, fields

from data.customers import Wishes
from data.scope import Role


@dataclass(frozen=True, slots=True)
class Permission:
    """Tables that may be read; tables (to insert) or columns (to change) that may be written.

    `orders.status=refund_requested` is a column that may get one value only.
    """

    reads: frozenset[str]
    writes: frozenset[str]


PEOPLE = frozenset({Role.OPERATOR, Role.ADMIN})  # the company's own

CUSTOMER_RECORDS = frozenset(
    {
        "customers",
        "orders",
        "tickets",
        "profiles",
        "session_insights",
        "invoices",
        "subscriptions",
        "lines",
        "incidents",
        "plans",
    }
)

CLOSING = frozenset({"conversations.status"})
OWN_RECORD = frozenset(f"customers.{field.name}" for field in fields(Wishes))
TICKETS = frozenset({"tickets", "tickets.status", "tickets.assigned_to"})

RATINGS = frozenset({"knowledge_feedback"})
KNOWLEDGE = frozenset({"documents", "curated_answers", "intents", "intent_examples"})
MERGING = frozenset({"customers.merged_into"})
FORGETTING = frozenset({"customers.forgotten_at"})

HANDOFFS = frozenset(
    {
        "handoffs.status",
        "handoffs.assigned_to",
        "handoffs.snoozed_until",
        "conversations.customer_id",
        "messages",
        "outbox",
        "canned_responses",
    }
)
DECIDING = frozenset({"approvals.status"})
POLICY = frozenset({"policies"})

# People and back ends ask for whole actions; which ones is the table of `server/auth/permissions`.
STAFF_READS = frozenset({"customers", "conversations", "tickets"})
STAFF_WRITES = TICKETS | CLOSING | RATINGS
APP = Permission(STAFF_READS, STAFF_WRITES | KNOWLEDGE | FORGETTING)
OPERATOR = Permission(STAFF_READS | {"approvals"}, STAFF_WRITES | MERGING | HANDOFFS | DECIDING)
ADMIN = Permission(OPERATOR.reads, APP.writes | OPERATOR.writes | POLICY)

PERMISSIONS: dict[Role, Permission] = {
    Role.CUSTOMER_AI: Permission(
        reads=CUSTOMER_RECORDS,
        writes=frozenset(
            {
                "tickets",
                "tickets.status",
                "customers.email",
                "leads",
                "quotes",
                "appointments",
                "orders.status=refund_requested",
                "messages",
                "outbox",
            }
        ),
    ),
    Role.AGENT_ASSIST: Permission(
        reads=CUSTOMER_RECORDS,
        writes=frozenset({"tickets.status", "tickets.assigned_to", "orders.status"}),
    ),
    Role.CUSTOMER: Permission(
        reads=frozenset({"customers", "conversations"}),
        writes=OWN_RECORD | CLOSING | RATINGS | {"tickets"},
    ),
    Role.APP: APP,
    Role.OPERATOR: OPERATOR,
    Role.ADMIN: ADMIN,
    Role.SYSTEM: Permission(frozenset(), frozenset()),
}


def missing(allowed: Permission, reads: frozenset[str], writes: frozenset[str]) -> list[str]:
    """What of these the permission does not cover, sorted.

    >>> missing(Permission(frozenset(), frozenset({"a.b"})), frozenset(), frozenset({"a.b=1"}))
    []
    """
    unwritable = {
        name
        for name in writes - allowed.writes
        if name.partition("=")[0] not in allowed.writes - {name}
    }
    return sorted((reads - allowed.reads) | unwritable)
