"""A small company and conversations about it that go well: tests of the judge spoil them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from data.business import Row
from evals.differences import Snapshot
from evals.judge import Failure, Heard, Played, judge
from evals.scripts import Conversation, Script

TODAY = date(2026, 3, 2)

ANN: Row = {"id": 1, "name": "Ann Bell", "email": "ann@example.com", "phone": "+1-555-0001"}
BEN: Row = {"id": 2, "name": "Ben Cole", "email": "ben@example.com", "phone": "+1-555-0002"}
LAMP: Row = {
    "id": 7,
    "customer_id": 1,
    "product": "Lamp",
    "status": "delivered",
    "tracking": "TR700",
    "updated_at": "2026-03-01",
}
CHAIR: Row = {**LAMP, "id": 8, "customer_id": 2, "product": "Chair", "tracking": "TR800"}

BEFORE: Snapshot = {
    "acme": {"customers": [ANN, BEN], "orders": [LAMP, CHAIR], "tickets": []},
    "other": {
        "customers": [{**BEN, "name": "Zoe Dunn", "email": "zoe@example.com"}],
        "tickets": [],
    },
}


def with_rows(tenant: str, table: str, rows: list[Row]) -> Snapshot:
    """The company afterwards: one table is different."""
    return {**BEFORE, tenant: {**BEFORE[tenant], table: rows}}


REFUNDED = with_rows("acme", "orders", [{**LAMP, "status": "refund_requested"}, CHAIR])

SCRIPT: dict[str, Any] = {
    "name": "refund_of_the_lamp",
    "who": "ann",
    "turns": [
        {
            "says": "my lamp is broken",
            "tools": ["get_orders"],
            "not_tools": ["create_ticket"],
            "facts": ["lamp", ["delivered", "arrived"]],
            "not_facts": ["chair"],
            "sources": ["refund policy"],
            "handoff": False,
            "answered_by": "tools",
        },
        {"says": "refund it"},
    ],
    "end": {
        "tools": ["flag_refund"],
        "rows": [{"changed": "orders", "id": 7, "with": {"status": "refund_requested"}}],
    },
}

FIRST = Heard(
    "my lamp is broken",
    "Your lamp was delivered.",
    ("get_orders",),
    ("Refund policy (refund-policy.md)",),
    answered_by="tools",
)
SECOND = Heard("refund it", "I have asked for your refund.", ("flag_refund",))


def heard(**different: Any) -> tuple[Heard, Heard]:
    """The two turns, the first one with something different."""
    return replace(FIRST, **different), SECOND


def judged(
    turns: tuple[Heard, ...] = (FIRST, SECOND),
    after: Snapshot = REFUNDED,
    customer: int | None = 1,
    script: Mapping[str, Any] = SCRIPT,
    **different: Any,
) -> list[Failure]:
    """The verdict on the conversation, or on a variation of it."""
    varied = Script.model_validate({**SCRIPT, **script, **different})
    conversation = Conversation("acme", customer, "test.yaml:1", varied)
    return judge(conversation, Played(turns, BEFORE, after, TODAY))
