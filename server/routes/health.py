"""Is it alive, is it ready, and how is it?"""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from agents.breaker import State as BreakerState
from data.db import answers
from data.errors import Unavailable
from server.access import App
from server.errors import PROBLEM_RESPONSES
from server.wiring import Services

Responses = dict[int | str, dict[str, Any]]
REFUSALS: Responses = {s: PROBLEM_RESPONSES[s] for s in (413, 415, 422)}  # the gate's own
GONE: Responses = {503: PROBLEM_RESPONSES[503]}

router = APIRouter(tags=["health"], responses=REFUSALS)

CHECK_S = 2.0  # a dependency that takes longer counts as gone


class Alive(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"]


class Ready(BaseModel):
    """`embedding` may still be loading: keywords serve meanwhile."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ready", "database": True, "embedding": True}]}
    )

    status: Literal["ready"]
    database: Literal[True]
    embedding: bool


class Health(Ready):
    """With `detailed`, what serves and what is missing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ready",
                    "database": True,
                    "embedding": True,
                    "environment": "dev",
                    "model": "openai/gpt-4.1-mini",
                    "breakers": {"openai/gpt-4.1-mini": "closed"},
                    "embedding_model": "all-MiniLM-L6-v2",
                    "embedding_failure": None,
                    "worker": True,
                }
            ]
        }
    )

    environment: str | None = None
    model: str | None = None
    breakers: dict[str, BreakerState] | None = None
    """By language model: `open`, it failed and is left alone for a while; `half_open`, the next
    turn tries it. This process's only."""
    embedding_model: str | None = None
    embedding_failure: str | None = None
    worker: bool | None = None


@router.get("/healthz")
async def alive() -> Alive:
    """The process answers."""
    return Alive(status="ok")


@router.get("/readyz", responses=GONE)
async def ready(services: App) -> Ready:
    """Messages can be taken; without the database they cannot."""
    if not await _database_answers(services):
        raise Unavailable("the database does not answer")
    return Ready(status="ready", database=True, embedding=services.embedder.ready)


@router.get("/v1/health", responses=GONE)
async def health(services: App, detailed: Annotated[bool, Query()] = False) -> Health:
    """The same, in more words."""
    short = await ready(services)
    if not detailed:
        return Health(**short.model_dump())
    return Health(
        **short.model_dump(),
        environment=services.settings.env,
        model=services.models.config.name,
        breakers={name: each.state for name, each in services.models.breakers.items()},
        embedding_model=services.embedder.model,
        embedding_failure=_failure(services),
        worker=services.jobs.working,
    )


def _failure(services: Services) -> str | None:
    """Why the embedding model is missing. Everybody may ask, so the details stay in dev."""
    failure = services.embedder.failure
    if failure is None or services.settings.env == "dev":
        return failure
    return "the model gives no vectors; the log says why"


async def _database_answers(services: Services) -> bool:
    try:
        async with asyncio.timeout(CHECK_S), services.database.ops_transaction() as ops:
            return await answers(ops)
    except Exception:  # whatever is wrong with it, it is not there
        return False
