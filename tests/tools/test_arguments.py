"""Every operation, whatever a model writes into every argument: refused in words, or harmless."""

from collections.abc import Iterator
from typing import Any

import pytest

from data.scope import Identity
from tests.tools.conftest import Begin
from tools.operation import Operation
from tools.registry import OPERATIONS

RECORDS = ("customers", "orders", "invoices", "subscriptions", "lines", "profiles")
LONGEST_REFUSAL = 300

GOOD: dict[str, Any] = {
    "subject": "Dark",
    "description": "No light",
    "ticket_id": 1,
    "status": "open",
    "reason": "It is urgent",
    "order_id": 3,
    "new_email": "ann@new.test",
    "name": "Lea",
    "purpose": "A look",
    "wished_for": "Tuesday",
    "channel": "email",
    "content": "Hello",
}
NASTY: tuple[Any, ...] = (
    "x" * 100_000,
    "a\x00b",
    "\ud800",
    "'; DROP TABLE customers; --",
    "1 OR 1=1",
    "%s %(id)s {0} ${jndi}",
    "<script>alert(1)</script>",
    "",
    " ",
    -1,
    0,
    2,
    4,
    90,
    2**63,
    -(2**63),
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    True,
    None,
    [],
    ["x"] * 10_000,
    {},
    {"a": {"b": "c"}},
    b"\xff",
)


def attempts(action: Operation) -> Iterator[dict[str, Any]]:
    """One argument after the other replaced, and one that there is not."""
    fields = action.arguments.model_fields
    good = {name: GOOD[name] for name, field in fields.items() if field.is_required()}
    for name in (*fields, "customer_id", "tenant"):
        for value in NASTY:
            yield {**good, name: value}


@pytest.mark.parametrize("identity", [Identity.VERIFIED, Identity.CLAIMED])
@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_no_argument_reaches_another_customers_rows_or_breaks_anything(
    begin: Begin, name: str, identity: Identity
) -> None:
    turn = await begin(identity)
    others = {
        table: f"SELECT * FROM {table} WHERE {'id' if table == 'customers' else 'customer_id'} <> 1"
        " ORDER BY 1, 2"
        for table in (*RECORDS, "tickets")
    }
    before = {table: await turn.rows(query) for table, query in others.items()}
    for given in attempts(OPERATIONS[name]):
        outcome = await turn.ask(name, given)
        if outcome.refused:
            assert isinstance(outcome.result, str)
            assert 10 < len(outcome.result) < LONGEST_REFUSAL
            assert "DROP" not in outcome.result
        assert not any(secret in str(outcome.result) for secret in ("Bea", "Gus", "Gil"))
    assert {table: await turn.rows(query) for table, query in others.items()} == before


@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_a_required_argument_that_is_left_out_is_named(begin: Begin, name: str) -> None:
    turn = await begin()
    required = [n for n, f in OPERATIONS[name].arguments.model_fields.items() if f.is_required()]
    outcome = await turn.ask(name, {})
    if required:
        assert (outcome.refused, outcome.result) == ("invalid", f"{required[0]}: Field required")
    else:
        assert outcome.refused != "invalid"
