"""The knowledge base: searching it, what it holds, and whether it was of use."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from data import knowledge, knowledge_feedback
from data.knowledge_feedback import NewFeedback
from retrievers.search import MOST_CHARS, MOST_RESULTS, search
from server.access import App, Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import not_blank
from server.errors import PROBLEM_RESPONSES
from server.wiring import Services
from tools.documents import clear_documents, take_away
from tools.gaps import note_gap
from tools.knowledge_feedback import rate_knowledge
from tools.request import carry_out

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"], responses=PROBLEM_RESPONSES)

Seeker = Annotated[Principal, allow(Permission.SEARCH_KNOWLEDGE)]
Rater = Annotated[Principal, allow(Permission.RATE_KNOWLEDGE)]
Reader = Annotated[Principal, allow(Permission.READ_KNOWLEDGE)]
Writer = Annotated[Principal, allow(Permission.WRITE_KNOWLEDGE)]

NAME = r"^[a-z][a-z0-9_]{0,62}$"
Specialist = Annotated[str, Field(pattern=NAME)]
Category = Annotated[str, Field(min_length=1, max_length=100)]
Question = Annotated[str, Field(min_length=1, max_length=MOST_CHARS), not_blank]

SOURCE = "articles/billing/refund-policy"
RESULTS_EXAMPLE: dict[str, Any] = {
    "query": "refund of a defective item",
    "results": [
        {
            "content": "Defective items can be returned within 30 days of delivery.",
            "source": SOURCE,
            "score": 0.87,
            "title": "Refund policy",
            "heading": "Refund policy › Defective items",
            "category": "refunds",
        }
    ],
}
STATS_EXAMPLE: dict[str, Any] = {
    "documents": 44,
    "passages": 181,
    "specialists": ["billing", "general", "tech"],
    "categories": ["contract", "refunds"],
    "models": ["all-MiniLM-L6-v2"],
    "useful": 12,
    "not_useful": 3,
    "updated_at": "2026-03-01T09:30:00Z",
}


class Search(BaseModel):
    """`earlier`: what was said before the question, which then may lean on it.

    `specialist`: its own documents and those of nobody in particular.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"query": "refund of a defective item"}]},
    )

    query: Question
    earlier: Annotated[str, Field(max_length=MOST_CHARS)] = ""
    num_results: Annotated[StrictInt, Field(ge=1, le=MOST_RESULTS)] = 5
    specialist: Specialist | None = None
    category: Category | None = None


class Result(BaseModel):
    """A passage. `score` is 0..1; from 0.6 on it answers the question."""

    content: str
    source: str
    score: float
    title: str
    heading: str
    category: str | None


class Results(BaseModel):
    """Best first."""

    model_config = ConfigDict(json_schema_extra={"examples": [RESULTS_EXAMPLE]})

    query: str
    results: list[Result]


class KnowledgeStats(BaseModel):
    """How much there is, made by which embedding models, and what people thought of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [STATS_EXAMPLE]})

    documents: int
    passages: int
    specialists: list[str]
    categories: list[str]
    models: list[str]
    useful: int
    not_useful: int
    updated_at: datetime | None


class Rating(BaseModel):
    """Whether what a search or an answer named as its `source` was of use."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"source": SOURCE, "useful": True}]}
    )

    source: Annotated[str, Field(min_length=1, max_length=300)]
    useful: StrictBool
    query: Annotated[str, Field(max_length=MOST_CHARS)] | None = None
    comment: Annotated[str, Field(max_length=2000)] | None = None


class Rated(Rating):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "source": SOURCE,
                    "useful": True,
                    "query": None,
                    "comment": None,
                    "created_at": "2026-03-01T09:30:00Z",
                }
            ]
        },
    )

    id: int
    created_at: datetime


class Deleted(BaseModel):
    """How many there were."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"deleted": 1}]})

    deleted: int


@router.post("/search")
async def search_knowledge(body: Search, who: Seeker, services: App) -> Results:
    """The passages that fit a question best, whether they answer it or not."""
    return await _search(services, who, body)


@router.get("/search")
async def search_knowledge_by_address(
    who: Seeker,
    services: App,
    q: Annotated[str, Query(min_length=1, max_length=MOST_CHARS, examples=["refund"]), not_blank],
    earlier: Annotated[str, Query(max_length=MOST_CHARS)] = "",
    num_results: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 5,
    specialist: Annotated[str | None, Query(pattern=NAME)] = None,
    category: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
) -> Results:
    """The same."""
    asked = Search(
        query=q,
        earlier=earlier,
        num_results=num_results,
        specialist=specialist,
        category=category,
    )
    return await _search(services, who, asked)


@router.get("/stats")
async def get_stats(who: Reader, db: Db) -> KnowledgeStats:
    """How much the knowledge base holds, and how many found it of use."""
    held = await knowledge.count_knowledge(db, who.tenant)
    said = await knowledge_feedback.count_feedback(db, who.tenant)
    return KnowledgeStats(
        documents=held.documents,
        passages=held.passages,
        specialists=held.specialists,
        categories=held.categories,
        models=held.models,
        useful=said.useful,
        not_useful=said.not_useful,
        updated_at=held.updated_at,
    )


@router.post("/feedback", status_code=201)
async def rate(body: Rating, who: Rater, db: Db, idempotency_key: IdempotencyKey = None) -> Rated:
    """Say whether a source was of use."""
    said = NewFeedback(body.source, body.useful, body.query, body.comment)
    done = await carry_out(db, who.scope(), rate_knowledge, idempotency_key, {"feedback": said})
    return Rated(**done)


@router.delete("")
async def clear(who: Writer, services: App, idempotency_key: IdempotencyKey = None) -> Deleted:
    """Take all documents away. Curated answers and examples stay."""
    scope, database = who.scope(), services.database
    return Deleted(**await take_away(database, scope, clear_documents, idempotency_key))


async def _search(services: Services, who: Principal, asked: Search) -> Results:
    found = await search(
        services.database,
        services.embedder,
        who.tenant,
        asked.query,
        earlier=asked.earlier,
        specialist=asked.specialist,
        category=asked.category,
        limit=asked.num_results,
    )
    if asked.specialist is None and asked.category is None:  # a filter makes no gap
        await note_gap(services.database, who.scope(), asked.query, found, "search")
    results = [Result.model_validate(one, from_attributes=True) for one in found]
    return Results(query=asked.query, results=results)
