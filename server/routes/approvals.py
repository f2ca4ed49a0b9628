"""Changes that wait for a person: what the assistant wants to do and may not do by itself."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from data import approvals
from data.approvals import Approval
from server.access import App, Db, IdempotencyKey, allow
from server.answers import CONVERSATION
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SafeId
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, moment_and_id, page_of

router = APIRouter(prefix="/v1/approvals", tags=["approvals"], responses=PROBLEM_RESPONSES)

Decider = Annotated[Principal, allow(Permission.DECIDE_APPROVALS)]
Status = Literal["pending", "granted", "done", "failed", "rejected", "expired"]
Argument = Annotated[str, Field(max_length=64)]

APPROVAL_EXAMPLE: dict[str, Any] = {
    "id": "5b1d2f4e-7c3a-4d10-9a51-2f7e3f0a9c11",
    "conversation_id": CONVERSATION,
    "customer_id": 2,
    "operation": "flag_refund",
    "arguments": {"order_id": 4},
    "matter": "your refund request for order 4, Wi-Fi 7 Mesh Router Set",
    "because": "A refund above 200 USD needs a colleague's approval.",
    "rules": ["large_refund"],
    "policy_version": 1,
    "decider": "operator",
    "preview": {"before": {"status": "delivered"}, "after": {"status": "refund_requested"}},
    "status": "pending",
    "decision": None,
    "edited": None,
    "note": None,
    "decided_by": None,
    "decided_at": None,
    "outcome": None,
    "expires_at": "2026-03-03T09:30:00Z",
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}


class ApprovalOut(BaseModel):
    """A change with its arguments frozen. `decider` is the least role that may decide.

    `granted` is about to run, `done` has; `failed`: it was granted and could not be done any more.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [APPROVAL_EXAMPLE]})

    id: UUID
    conversation_id: str
    customer_id: int | None
    operation: str
    arguments: dict[str, Any]
    matter: str
    because: str
    rules: list[str]
    policy_version: int
    decider: Literal["operator", "admin"]
    preview: dict[str, Any]
    status: Status
    decision: Literal["accept", "edit", "reject"] | None
    edited: dict[str, Any] | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    outcome: dict[str, Any] | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime


class ApprovalPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [APPROVAL_EXAMPLE], "next": None}]}
    )

    items: list[ApprovalOut]
    next: str | None


class Decide(BaseModel):
    """`edit` grants it with other `arguments`. The note is for colleagues, not for the customer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"decision": "accept", "note": "Called, all is well."}]},
    )

    decision: Literal["accept", "edit", "reject"]
    arguments: Annotated[dict[Argument, Any], Field(max_length=32)] | None = None
    note: Annotated[str, Field(max_length=4000)] | None = None

    @model_validator(mode="after")
    def _edits_with_arguments(self) -> Self:
        if (self.decision == "edit") != (self.arguments is not None):
            raise ValueError("give `arguments` with the decision `edit`, and only then")
        return self


@router.get("")
async def list_approvals(
    who: Decider,
    db: Db,
    status: Status | None = None,
    conversation_id: SafeId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ApprovalPage:
    """Approvals, newest first; `?status=pending` are those to decide about."""
    found = await approvals.list_approvals(
        db,
        who.tenant,
        status=status,
        conversation_id=conversation_id,
        before=moment_and_id(cursor),
        limit=limit + 1,
    )
    page, following = page_of(found, limit, lambda one: (one.created_at, one.id))
    return ApprovalPage(items=[_shown(one) for one in page], next=following)


@router.post("/{approval_id}/decide")
async def decide(
    approval_id: UUID,
    body: Decide,
    who: Decider,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> ApprovalOut:
    """Grant a change, grant it with other arguments, or turn it down.

    What is granted runs within seconds, once, and the customer is told how it ended. The same
    decision again changes nothing; another one is a 409. Edited arguments have to pass the policy.
    """
    decided = await services.approvals.decide(
        who.scope(), approval_id, body.decision, body.arguments, body.note, idempotency_key
    )
    if decided.status == "granted":
        await services.jobs.settle(who.tenant, decided.id)
    return _shown(decided)


def _shown(one: Approval) -> ApprovalOut:
    return ApprovalOut.model_validate(one, from_attributes=True)
