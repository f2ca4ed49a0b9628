"""What the assistant may do by itself: a tenant's own rules, changed while it runs."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from data import policies
from data.policies import Policy
from server.access import Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from tools.policies import MOST_RULES, check_rules, put_policy
from tools.policy_rules import Rule
from tools.request import carry_out

router = APIRouter(prefix="/v1/policies", tags=["policies"], responses=PROBLEM_RESPONSES)

Manager = Annotated[Principal, allow(Permission.MANAGE_POLICIES)]
Version = Annotated[int, Field(ge=0, le=2**31 - 2)]

RULES: Any = [
    {
        "name": "large_refund",
        "actions": ["flag_refund"],
        "amount": {"of": "order.amount", "most": "200", "currency": "USD"},
        "otherwise": "approval",
        "matter": "your refund request for order {order.id}, {order.product}",
        "because": "A refund above 200 USD needs a colleague's approval.",
    }
]
POLICY_EXAMPLE: dict[str, Any] = {
    "version": 2,
    "rules": RULES,
    "author": "operator:3f2a8c1e-0b7d-5e4f-9a6b-1c2d3e4f5a6b",
    "note": "Up from 100.",
    "created_at": "2026-03-01T09:30:00Z",
}


class PolicyOut(BaseModel):
    """The rules, and which version they are; 0 is none, then everything is free."""

    model_config = ConfigDict(json_schema_extra={"examples": [POLICY_EXAMPLE]})

    version: int
    rules: list[dict[str, Any]]
    author: str | None
    note: str | None
    created_at: datetime | None


class PolicyChange(BaseModel):
    """All rules, in the place of those before. `version` is the one they were made from."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": 1, "rules": RULES, "note": "Up from 100."}]},
    )

    version: Annotated[StrictInt, Version]
    rules: Annotated[list[Rule], Field(max_length=MOST_RULES)]
    note: Annotated[str, Field(max_length=2000)] | None = None


@router.get("")
async def get_policy(
    who: Manager, db: Db, version: Annotated[int | None, Query(ge=1, le=2**31 - 2)] = None
) -> PolicyOut:
    """The rules in force, or an earlier version of them."""
    if version is not None:
        return _shown(await policies.get_policy(db, who.tenant, version))
    found = await policies.find_policy(db, who.tenant)
    if found is None:
        return PolicyOut(version=0, rules=[], author=None, note=None, created_at=None)
    return _shown(found)


@router.put("")
async def change_policy(
    body: PolicyChange,
    who: Manager,
    db: Db,
    dry_run: Annotated[bool, Query(description="Only say whether the rules could be used")] = False,
    idempotency_key: IdempotencyKey = None,
) -> PolicyOut:
    """Put rules in force; they count from the next change that the assistant wants to make.

    A 409 says that somebody else has changed them meanwhile. What waits for approval remembers the
    version that it was held back by.
    """
    check_rules(body.rules)
    rules = [rule.definition() for rule in body.rules]
    if dry_run:
        return PolicyOut(
            version=body.version, rules=rules, author=None, note=body.note, created_at=None
        )
    given = {"rules": rules, "version": body.version + 1, "note": body.note}
    return PolicyOut(**await carry_out(db, who.scope(), put_policy, idempotency_key, given))


def _shown(one: Policy) -> PolicyOut:
    return PolicyOut.model_validate(one, from_attributes=True)
