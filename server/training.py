"""Fitting with the embedding model that the settings name."""

import asyncio
from collections.abc import Sequence

from agents.sentiment_fit import Examples, Report, embed_examples, fit_head
from agents.sentiment_head import Head
from data.errors import Unavailable
from server.embedding import embedder_of
from server.settings import Settings


async def fit_sentiment(settings: Settings, sources: Sequence[Examples], report: Report) -> Head:
    """A head for the configured embedding model.

    Raises:
        Unavailable: the embedding model cannot be loaded.
    """
    embedder = embedder_of(settings)
    embedder.start()
    try:
        if not await embedder.wait_ready():
            raise Unavailable(embedder.failure or "the embedding model could not be loaded")
        vectors = await embed_examples(sources, embedder, report)
        return await asyncio.to_thread(fit_head, sources, vectors, embedder.model, report)
    finally:
        embedder.close()
