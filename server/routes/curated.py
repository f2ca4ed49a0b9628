"""Curated answers: a specialist's categories, each with the words it is asked by and its reply."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from data import curated
from data.records import plain
from data.seed.knowledge import AnswerEntry, CuratedEntry
from server.access import App, Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from server.routes.knowledge import NAME, Deleted, Specialist
from tools.curated import delete_curated_answer, put_curated_answer
from tools.request import carry_out

router = APIRouter(
    prefix="/v1/knowledge/categories", tags=["knowledge"], responses=PROBLEM_RESPONSES
)

Reader = Annotated[Principal, allow(Permission.READ_KNOWLEDGE)]
Writer = Annotated[Principal, allow(Permission.WRITE_KNOWLEDGE)]
Name = Annotated[str, Path(pattern=NAME)]

ANSWER_EXAMPLE: dict[str, Any] = {
    "keywords": ["opening hours", "when are you open"],
    "response": "We are here from 8 to 20 on weekdays and from 9 to 16 on Saturdays.",
    "confidence": 0.95,
    "intents": [],
}
CATEGORY_EXAMPLE = {"specialist": "general", "name": "opening_hours", **ANSWER_EXAMPLE}


class Answer(AnswerEntry):
    """What is said, and when. It serves the listed intents only; none listed: any."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANSWER_EXAMPLE]})


class CategoryOut(Answer):
    """`source` of what it answers is `curated/{specialist}/{name}`."""

    model_config = ConfigDict(json_schema_extra={"examples": [CATEGORY_EXAMPLE]})

    specialist: str
    name: str


class CategoryPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [CATEGORY_EXAMPLE], "next": None}]}
    )

    items: list[CategoryOut]
    next: str | None


@router.get("")
async def list_categories(
    who: Reader,
    db: Db,
    specialist: Specialist | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CategoryPage:
    """The tenant's curated answers, by specialist and name."""
    found = await curated.list_curated(
        db, who.tenant, specialist=specialist, after=place_in(cursor, str, str), limit=limit + 1
    )
    page, following = page_of(found, limit, lambda one: (one.specialist, one.name))
    items = [CategoryOut(**plain(one)) for one in page]
    return CategoryPage(items=items, next=following)


@router.put("/{specialist}/{name}")
async def put_category(
    specialist: Name,
    name: Name,
    body: Answer,
    who: Writer,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> CategoryOut:
    """Put an answer in its place; it counts from the next message on, in every process."""
    answer = CuratedEntry(specialist=specialist, name=name, **body.model_dump()).answer
    async with services.database.transaction(who.tenant) as db:
        done = await carry_out(
            db, who.scope(), put_curated_answer, idempotency_key, {"answer": answer}
        )
    services.curated.forget(who.tenant)
    return CategoryOut(**done)


@router.delete("/{specialist}/{name}")
async def delete_category(
    specialist: Name,
    name: Name,
    who: Writer,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> Deleted:
    """Take an answer away."""
    named = {"specialist": specialist, "name": name}
    async with services.database.transaction(who.tenant) as db:
        done = await carry_out(db, who.scope(), delete_curated_answer, idempotency_key, named)
    services.curated.forget(who.tenant)
    return Deleted(**done)
