"""What each role may read and write. One table, checked in `tools.operation.check`."""

from dataclasses import dataclass

from data.scope import Role


@dataclass(frozen=True, slots=True)
class Permission:
    """Tables that may be read; tables (to insert) or columns (to change) that may be written."""

    reads: frozenset[str]
    writes: frozenset[str]


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

NOTHING = Permission(frozenset(), frozenset())

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
    Role.CUSTOMER: NOTHING,
    Role.APP: NOTHING,
    Role.OPERATOR: NOTHING,
    Role.ADMIN: NOTHING,
}
