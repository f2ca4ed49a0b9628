"""What the knowledge base lacks: asked and not answered, and a draft of what could be added."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from agents.article import Answered, draft_article
from data import customers, gaps
from data.db import Connection
from data.errors import NotFound
from data.gaps import PeoplesAnswer
from server.access import App, Db, IdempotencyKey
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from server.routes.knowledge import Deleted, Reader, Writer
from tools.gaps import GapGroup, dismiss_gap_in
from tools.request import carry_out

router = APIRouter(prefix="/v1/knowledge/gaps", tags=["knowledge"], responses=PROBLEM_RESPONSES)

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
MOST_ANSWERS = 5  # conversations that a draft is made of

GAP_EXAMPLE: dict[str, Any] = {
    "id": "5c2f0a9b7d3e4f18",
    "question": "Do you have a fax number?",
    "variants": ["can I send you a fax"],
    "times": 3,
    "score": 0.31,
    "first_at": "2026-02-11T08:00:00Z",
    "last_at": "2026-03-01T09:30:00Z",
}
DRAFT_EXAMPLE: dict[str, Any] = {
    "title": "Do you have a fax number?",
    "content": "# Do you have a fax number?\n\nWe have no fax; send us a photo of the page here.",
    "by_model": False,
    "conversations": ["0b6f9c0e-3a53-4a44-9a5b-6f6b1c9f5d10"],
}


class GapOut(BaseModel):
    """Questions that want the same answer; `score` is the best of what was found, if anything."""

    id: str
    question: str
    variants: list[str]
    times: int
    score: float | None
    first_at: datetime
    last_at: datetime


class GapPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [GAP_EXAMPLE], "next": None}]}
    )

    items: list[GapOut]
    next: str | None


class DraftOut(BaseModel):
    """An article to be read, changed and uploaded by somebody. `conversations` are its sources."""

    model_config = ConfigDict(json_schema_extra={"examples": [DRAFT_EXAMPLE]})

    title: str
    content: str
    by_model: bool
    conversations: list[str]


@router.get("")
async def list_gaps(
    who: Reader, services: App, limit: Limit = 50, cursor: Cursor = None
) -> GapPage:
    """What was asked in searches and chats and found no answer, most often asked first.

    Questions that mean the same count as one.
    """
    after = place_in(cursor, int, str)
    groups = await services.gaps.groups(who.tenant)
    rest = [group for group in groups if after is None or _place(group) > (-after[0], after[1])]
    page, following = page_of(rest[: limit + 1], limit, lambda one: (one.times, one.id))
    items = [GapOut.model_validate(one, from_attributes=True) for one in page]
    return GapPage(items=items, next=following)


@router.get("/{gap_id}/draft")
async def draft(gap_id: Id, who: Reader, services: App) -> DraftOut:
    """An article made of what operators answered to these questions. Nothing is published.

    Names, addresses and numbers of orders are left out. 404 while nobody has answered them.
    """
    group = await services.gaps.group(who.tenant, gap_id)
    async with services.database.transaction(who.tenant) as db:
        found = await gaps.list_answers(db, who.tenant, group.words, MOST_ANSWERS)
        answered = [await _answered(db, who.tenant, each) for each in found]
    if not answered:
        raise NotFound("answer by a person to gap", gap_id)
    made = await draft_article(services.article_model, who.tenant, group.question, answered)
    return DraftOut(
        title=made.title,
        content=made.content,
        by_model=made.by_model,
        conversations=list(dict.fromkeys(each.conversation_id for each in found)),
    )


@router.delete("/{gap_id}")
async def dismiss(
    gap_id: Id, who: Writer, db: Db, services: App, idempotency_key: IdempotencyKey = None
) -> Deleted:
    """Forget a gap: it is answered by now, or needs no answer. Asked again, it comes back."""
    action = dismiss_gap_in(services.gaps)
    done = await carry_out(db, who.scope(), action, idempotency_key, {"gap_id": gap_id})
    return Deleted(**done)


def _place(group: GapGroup) -> tuple[int, str]:
    return -group.times, group.id


async def _answered(db: Connection, tenant: str, each: PeoplesAnswer) -> Answered:
    """The answer with what is the customer's own."""
    if each.customer_id is None:
        return Answered(each.question, each.said)
    try:
        customer = await customers.get_customer(db, tenant, each.customer_id)
    except NotFound:  # forgotten meanwhile
        return Answered(each.question, each.said)
    names = [customer.name, *customer.name.split()]
    return Answered(each.question, each.said, [*names, customer.email, customer.phone or ""])
