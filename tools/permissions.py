"""What each role may read and write. One table, checked in `tools.operation.check`."""

from dataclasses import dataclass, fields

from data.customers import Wishes
from data.scope import Role


@dataclass(frozen=True, slots=True)
class Permission:
    """Tables that may be read; tables (to insert) or columns (to change) that may be written."""

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

# People and back ends ask for whole actions; which ones is the table of `server/auth/permissions`.
STAFF = Permission(
    reads=frozenset({"customers", "conversations", "tickets"}),
    writes=TICKETS | CLOSING,
)

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
                "orders.refund_requested",
            }
        ),
    ),
    Role.AGENT_ASSIST: Permission(
        reads=CUSTOMER_RECORDS,
        writes=frozenset({"tickets.status", "tickets.assigned_to", "orders.status"}),
    ),
    Role.CUSTOMER: Permission(
        reads=frozenset({"customers", "conversations"}),
        writes=OWN_RECORD | CLOSING | {"tickets"},
    ),
    Role.APP: STAFF,
    Role.OPERATOR: STAFF,
    Role.ADMIN: STAFF,
}
