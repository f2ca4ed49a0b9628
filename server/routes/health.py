"""Is it alive, is it ready, and how is it?"""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from data.db import answers
from server.access import App
from server.wiring import Services

router = APIRouter(tags=["health"])

CHECK_S = 2.0  # a dependency that takes longer counts as gone


class Alive(BaseModel):
    status: Literal["ok"]


class Ready(BaseModel):
    """`database` decides; the rest may still be loading."""

    status: Literal["ready", "unavailable"]
    database: bool
    embedding: bool


class Health(Ready):
    """With `detailed`, what serves and what is missing."""

    environment: str | None = None
    model: str | None = None
    embedding_model: str | None = None
    embedding_failure: str | None = None
    worker: bool | None = None


@router.get("/healthz")
async def alive() -> Alive:
    """The process answers."""
    return Alive(status="ok")


@router.get("/readyz", responses={503: {"model": Ready}})
async def ready(services: App, response: Response) -> Ready:
    """Messages can be taken. The embedding model may still load: keywords serve meanwhile."""
    database = await _database_answers(services)
    if not database:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return Ready(
        status="ready" if database else "unavailable",
        database=database,
        embedding=services.embedder.ready,
    )


@router.get("/v1/health", responses={503: {"model": Health}})
async def health(
    services: App, response: Response, detailed: Annotated[bool, Query()] = False
) -> Health:
    """The same, in more words."""
    short = await ready(services, response)
    if not detailed:
        return Health(**short.model_dump())
    return Health(
        **short.model_dump(),
        environment=services.settings.env,
        model=services.models.config.name,
        embedding_model=services.embedder.model,
        embedding_failure=services.embedder.failure,
        worker=services.jobs.working,
    )


async def _database_answers(services: Services) -> bool:
    try:
        async with asyncio.timeout(CHECK_S), services.database.ops_transaction() as ops:
            return await answers(ops)
    except Exception:  # whatever is wrong with it, it is not there
        return False
