"""Customers who turn out to be one person, and those who want to be forgotten."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from server.access import App, Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.payload import HIGHEST
from server.routes.customers import Id
from tools.identities import forget_customer, merge_customers, unmerge_customers
from tools.request import carry_out

router = APIRouter(prefix="/v1/customers", tags=["customers"], responses=PROBLEM_RESPONSES)

Merger = Annotated[Principal, allow(Permission.MERGE_CUSTOMERS)]
Forgetter = Annotated[Principal, allow(Permission.FORGET_CUSTOMERS)]

MERGED_EXAMPLE: dict[str, Any] = {
    "customer_id": 1,
    "merged_customer_id": 2,
    "moved": {"orders": 2, "tickets": 1, "conversations": 3},
}


class Other(BaseModel):
    """The second of the two."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer_id": 2}]})

    customer_id: Annotated[StrictInt, Field(ge=1, le=HIGHEST)]


class Merged(BaseModel):
    """How many rows of each kind changed hands."""

    model_config = ConfigDict(json_schema_extra={"examples": [MERGED_EXAMPLE]})

    customer_id: int
    merged_customer_id: int
    moved: dict[str, int]


class Forgotten(BaseModel):
    """How many rows of each kind were deleted, or stayed without the person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"customer_id": 3, "erased": {"conversations": 4, "customers": 1}}]
        }
    )

    customer_id: int
    erased: dict[str, int]


@router.post("/{customer_id}/merge")
async def merge(
    customer_id: Id,
    body: Other,
    who: Merger,
    db: Db,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> Merged:
    """Join two identities of one person: everything of the other becomes this customer's."""
    both = {"customer_id": customer_id, "merged_id": body.customer_id}
    done = Merged(**await carry_out(db, who.scope(), merge_customers, idempotency_key, both))
    services.authenticator.customers_changed()
    return done


@router.post("/{customer_id}/unmerge")
async def unmerge(
    customer_id: Id,
    body: Other,
    who: Merger,
    db: Db,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> Merged:
    """Undo a merge: exactly what it moved goes back, later merges being undone first."""
    both = {"customer_id": customer_id, "merged_id": body.customer_id}
    done = Merged(**await carry_out(db, who.scope(), unmerge_customers, idempotency_key, both))
    services.authenticator.customers_changed()
    return done


@router.delete("/{customer_id}")
async def forget(
    customer_id: Id, who: Forgetter, db: Db, idempotency_key: IdempotencyKey = None
) -> Forgotten:
    """Forget the customer, conversations and all. There is no way back.

    Orders, invoices, tickets and figures stay for the books, without the person.
    """
    named = {"customer_id": customer_id}
    return Forgotten(**await carry_out(db, who.scope(), forget_customer, idempotency_key, named))
