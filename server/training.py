"""Fitting with the embedding model that the settings name."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agents import route_fit, sentiment_fit
from agents.fitted import Report, embed_examples
from agents.route_fit import Messages
from agents.route_head import RouteHead
from agents.sentiment_fit import Examples
from agents.sentiment_head import Head
from data.errors import Unavailable
from retrievers.embed import Embedder
from server.embedding import embedder_of
from server.settings import Settings

READY_S = 120.0


async def fit_sentiment(settings: Settings, sources: Sequence[Examples], report: Report) -> Head:
    """A sentiment head for the configured embedding model.

    Raises:
        Unavailable: the embedding model cannot be loaded.
    """
    async with ready_embedder(settings) as embedder:
        vectors = await embed_examples(sources, embedder, report)
        fit = sentiment_fit.fit_head
        return await asyncio.to_thread(fit, sources, vectors, embedder.model, report)


async def fit_routes(settings: Settings, sources: Sequence[Messages], report: Report) -> RouteHead:
    """A route head for the configured embedding model.

    Raises:
        Unavailable: the embedding model cannot be loaded.
    """
    async with ready_embedder(settings) as embedder:
        vectors = await embed_examples(sources, embedder, report)
        fit = route_fit.fit_head
        return await asyncio.to_thread(fit, sources, vectors, embedder.model, report)


@asynccontextmanager
async def ready_embedder(settings: Settings) -> AsyncIterator[Embedder]:
    """The embedder the settings name, loaded.

    Raises:
        Unavailable: it cannot be.
    """
    embedder = embedder_of(settings)
    embedder.start()
    try:
        if not await embedder.wait_ready(READY_S):
            raise Unavailable(embedder.failure or "the embedding model could not be loaded")
        yield embedder
    finally:
        embedder.close()
