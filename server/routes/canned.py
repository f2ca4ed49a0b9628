"""Canned responses: what operators insert by a shortcut such as `/refund`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from data import canned
from data.canned import CannedResponse, NewCannedResponse
from data.texts import Text
from server.access import Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SAFE_ID, Content
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from server.payload import HIGHEST
from tools.canned import add_canned_response, delete_canned_response, fill
from tools.desk import canned_values
from tools.request import carry_out

router = APIRouter(
    prefix="/v1/canned-responses", tags=["canned responses"], responses=PROBLEM_RESPONSES
)

Reader = Annotated[Principal, allow(Permission.WORK_HANDOFFS)]
Writer = Annotated[Principal, allow(Permission.WRITE_CANNED)]
Id = Annotated[int, Path(ge=1, le=HIGHEST)]
Short = Annotated[Text, Field(max_length=80)]

CANNED_EXAMPLE: dict[str, Any] = {
    "id": 3,
    "shortcut": "/refund",
    "title": "Refund approved",
    "content": "Good news, {{customer.name}}: the refund for order {{order.id}} is approved.",
    "category": "refund",
    "rendered": "Good news, Alice Johnson: the refund for order 1 is approved.",
    "missing": [],
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}
NEW_EXAMPLE = {name: CANNED_EXAMPLE[name] for name in ("title", "content", "category")}


class CannedOut(BaseModel):
    """A canned response. With a conversation, also what it comes to there.

    `missing` are the variables that are unknown there, or empty: they stay in `rendered` as they
    are written, and are refused when the text is sent.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [CANNED_EXAMPLE]})

    id: int
    shortcut: str
    title: str
    content: str
    category: str
    rendered: str | None = None
    missing: list[str] = []
    created_at: datetime
    updated_at: datetime


class CannedPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [CANNED_EXAMPLE], "next": None}]}
    )

    items: list[CannedOut]
    next: str | None


class CannedNew(BaseModel):
    """`content` may hold variables: `{{customer.name}}`, `{{order.id}}`, `{{operator.name}}`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"shortcut": "/approved", **NEW_EXAMPLE}]}
    )

    shortcut: Annotated[str, Field(pattern=r"^/[a-z0-9_-]{1,40}$")]
    title: Annotated[Text, Field(max_length=200)]
    content: Content
    category: Short


class CannedDeleted(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 3, "deleted": True}]})

    id: int
    deleted: Literal[True]


@router.get("")
async def list_canned_responses(
    who: Reader,
    db: Db,
    category: Annotated[str | None, Query(max_length=80)] = None,
    conversation_id: Annotated[
        str | None, Query(pattern=SAFE_ID, description="Fill in what is known there")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CannedPage:
    """By shortcut; with a conversation, as they would be sent there."""
    values = (
        await canned_values(db, who.scope(conversation_id)) if conversation_id is not None else None
    )
    (after,) = place_in(cursor, str) or (None,)
    found = await canned.list_canned(
        db, who.tenant, category=category, after=after, limit=limit + 1
    )
    page, following = page_of(found, limit, lambda one: (one.shortcut,))
    return CannedPage(items=[_shown(one, values) for one in page], next=following)


@router.post("", status_code=201)
async def add_canned(
    body: CannedNew, who: Writer, db: Db, idempotency_key: IdempotencyKey = None
) -> CannedOut:
    """Add one; 409 where its shortcut is taken."""
    new = NewCannedResponse(**body.model_dump())
    done = await carry_out(db, who.scope(), add_canned_response, idempotency_key, {"new": new})
    return CannedOut(**done)


@router.delete("/{canned_id}")
async def delete_canned(
    canned_id: Id, who: Writer, db: Db, idempotency_key: IdempotencyKey = None
) -> CannedDeleted:
    """Take one away."""
    named = {"canned_id": canned_id}
    done = await carry_out(db, who.scope(), delete_canned_response, idempotency_key, named)
    return CannedDeleted(**done)


def _shown(one: CannedResponse, values: dict[str, str] | None) -> CannedOut:
    out = CannedOut.model_validate(one, from_attributes=True)
    if values is None:
        return out
    filled = fill(one.content, values)
    return out.model_copy(update={"rendered": filled.text, "missing": list(filled.missing)})
