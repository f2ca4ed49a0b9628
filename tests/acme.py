"""Two small companies with customers of the same numbers, for tests of rows and of their users."""

from datetime import UTC, date, datetime

from psycopg.types.json import Jsonb

from data.db import Database
from data.seed.entries import Row
from data.seed.load import insert_missing
from data.tenants import Tenant, add_tenant

ACME, GLOBEX = "acme", "globex"
ANN, BEA = 1, 2  # customers of acme; globex has a 1 of its own

MAY = datetime(2025, 5, 1, tzinfo=UTC)
STATUSES = ("processing", "shipped", "delivered", "cancelled", "refund_requested", "refunded")

PLAN = {"kind": "internet", "currency": "USD", "description": "A plan.", "attributes": Jsonb({})}
SUBSCRIBED = {"customer_id": ANN, "billing_cycle": "monthly"}
TICKET = {"priority": "low", "description": "", "created_at": MAY}
SESSION: Row = {
    "customer_id": ANN,
    "intent_primary": "order_status",
    "handoff_occurred": False,
    "resolution_status": "resolved",
    "message_count": 4,
    "sentiment_score": -0.5,
}

ROWS: dict[str, list[Row]] = {
    "plans": [
        PLAN | {"id": "fast", "name": "Fast", "price": "49.99"},
        PLAN | {"id": "slow", "name": "Slow", "price": "19.99"},
    ],
    "customers": [
        {"id": ANN, "name": "Ann Ames", "email": "Ann@acme.test", "plan": "fast", "since": MAY},
        {"id": BEA, "name": "Bea Bond", "email": "bea@acme.test", "plan": None, "since": MAY},
    ],
    "orders": [
        {"id": n, "customer_id": ANN, "product": f"Thing {n}", "amount": "10.50", "currency": "USD"}
        | {"status": status, "ordered_at": MAY.replace(day=n)}
        for n, status in enumerate(STATUSES, start=1)
    ]
    + [
        {"id": 7, "customer_id": BEA, "product": "Bea's thing", "amount": 5, "currency": "USD"}
        | {"status": "delivered", "ordered_at": MAY}
    ],
    "tickets": [
        TICKET | {"id": 1, "customer_id": ANN, "subject": "Noise", "status": "open"},
        TICKET | {"id": 2, "customer_id": ANN, "subject": "Smoke", "status": "escalated"},
        TICKET | {"id": 3, "customer_id": ANN, "subject": "Smell", "status": "resolved"},
        TICKET | {"id": 4, "customer_id": BEA, "subject": "Bea's", "status": "open"},
    ],
    "invoices": [
        {"id": name, "customer_id": whose, "period": date(2025, month, 1), "amount": "49.99"}
        | {"currency": "USD", "due_date": date(2025, month, 20), "status": "open"}
        | {"lines": Jsonb([{"text": "Fee", "amount": "49.99"}])}
        for name, whose, month in (("A-1", ANN, 3), ("A-2", ANN, 4), ("B-1", BEA, 4))
    ],
    "subscriptions": [
        SUBSCRIBED | {"id": 1, "plan": "fast", "status": "active", "renews_on": date(2026, 1, 1)},
        SUBSCRIBED | {"id": 2, "plan": "gone", "status": "cancelled", "renews_on": None},
    ],
    "lines": [
        {"id": 1, "customer_id": ANN, "kind": "mobile", "status": "ok", "detail": "Signal good."},
        {"id": 2, "customer_id": ANN, "kind": "fiber", "status": "down", "detail": "No light."},
        {"id": 3, "customer_id": BEA, "kind": "fiber", "status": "ok", "detail": "Bea's line."},
    ],
    "incidents": [
        {"id": 1, "service": "internet", "area": "Northtown", "status": "identified"}
        | {"summary": "A cable is cut.", "started_at": MAY},
        {"id": 2, "service": "mobile", "area": "Harbour", "status": "monitoring"}
        | {"summary": "A mast was down.", "started_at": MAY.replace(day=2)},
        {"id": 3, "service": "mobile", "area": "Northtown", "status": "resolved"}
        | {"summary": "All is well.", "started_at": MAY},
    ],
    "session_insights": [
        SESSION | {"session": "first", "closed_at": MAY},
        SESSION | {"session": "second", "closed_at": MAY.replace(day=9)},
    ],
    "profiles": [
        {"customer_id": ANN, "total_sessions": 2, "total_escalations": 0, "resolution_rate": 1}
        | {"weighted_sentiment": -0.5, "avg_sentiment_drift": 0, "loyalty_tier": "silver"}
        | {"total_spend": "120.00", "risk_flag": True, "risk_reasons": ["sour"]}
        | {"first_contact": MAY, "last_contact": MAY.replace(day=9)}
    ],
}

ELSEWHERE: dict[str, list[Row]] = {
    "customers": [
        {"id": 1, "name": "Gus", "email": "ann@acme.test", "plan": None, "since": MAY},
        {"id": 9, "name": "Gil", "email": "gil@globex.test", "plan": None, "since": MAY},
    ],
    "orders": [ROWS["orders"][0] | {"id": 90, "customer_id": 9}],
    "tickets": [ROWS["tickets"][0] | {"id": 90, "customer_id": 9}],
    "invoices": [ROWS["invoices"][0] | {"id": "G-1", "customer_id": 9}],
}


SETTINGS = {"refund_days": 3650}  # so that the orders of May can still be sent back


async def found_companies(database: Database) -> None:
    """Insert the rows above, committed."""
    async with database.ops_transaction() as ops:
        for tenant in (ACME, GLOBEX):
            await add_tenant(ops, Tenant(tenant, tenant.title(), SETTINGS, "s" * 32))
    for tenant, tables in ((ACME, ROWS), (GLOBEX, ELSEWHERE)):
        async with database.transaction(tenant) as db:
            for table, rows in tables.items():
                await insert_missing(db, table, [{"tenant": tenant} | row for row in rows])
