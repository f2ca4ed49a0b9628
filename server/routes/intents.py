"""The tenant's own routing examples: messages, and what their writers want."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from data import intents
from data.texts import Text
from server.access import App, Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from server.payload import HIGHEST
from server.routes.knowledge import NAME, Deleted
from tools.intents import forget_example, label_example
from tools.request import carry_out

router = APIRouter(prefix="/v1/intents", tags=["intents"], responses=PROBLEM_RESPONSES)

Reader = Annotated[Principal, allow(Permission.READ_KNOWLEDGE)]
Writer = Annotated[Principal, allow(Permission.WRITE_KNOWLEDGE)]
Id = Annotated[int, Query(ge=1, le=HIGHEST, description="The example's number")]

EXAMPLE: dict[str, Any] = {"intent": "order_status", "content": "has my stuff left yet"}


class ExampleNew(BaseModel):
    """A message as customers write it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    intent: Annotated[str, Field(pattern=NAME)]
    content: Annotated[Text, Field(max_length=500)]


class ExampleOut(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 1301, **EXAMPLE}]})

    id: int
    intent: str
    content: str


class ExamplePage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"id": 1301, **EXAMPLE}], "next": None}]}
    )

    items: list[ExampleOut]
    next: str | None


@router.get("/examples")
async def list_examples(
    who: Reader,
    db: Db,
    intent: Annotated[str | None, Query(pattern=NAME)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ExamplePage:
    """The tenant's labelled messages, by intent."""
    found = await intents.list_examples(
        db, who.tenant, intent=intent, after=place_in(cursor, str, int), limit=limit + 1
    )
    page, following = page_of(found, limit, lambda one: (one.intent, one.id))
    items = [ExampleOut.model_validate(one, from_attributes=True) for one in page]
    return ExamplePage(items=items, next=following)


@router.post("/examples", status_code=201)
async def add_example(
    body: ExampleNew, who: Writer, services: App, idempotency_key: IdempotencyKey = None
) -> ExampleOut:
    """Label a message; it counts from the next message on, in every process.

    `intent` is one of the tenant's, or a route: tech, billing, leads, general, handoff. A message
    that is labelled already moves to this intent.
    """
    async with services.database.transaction(who.tenant) as db:
        done = await carry_out(db, who.scope(), label_example, idempotency_key, body.model_dump())
    services.intents.forget(who.tenant)
    return ExampleOut(**done)


@router.delete("/examples")
async def delete_example(
    id: Id,  # the name of the parameter
    who: Writer,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> Deleted:
    """Take an example away; `id` says which."""
    async with services.database.transaction(who.tenant) as db:
        done = await carry_out(db, who.scope(), forget_example, idempotency_key, {"example_id": id})
    services.intents.forget(who.tenant)
    return Deleted(**done)
