"""Each tenant's curated answers with their vectors, kept while the rows stay as they are."""

import logging
from collections.abc import Sequence

from agents.curated import CuratedIndex, meaning_of
from agents.fresh import Fresh
from data import curated
from data.curated import CuratedAnswer
from data.db import Database
from data.errors import Unavailable
from data.vectors import Vectors
from retrievers.embed import Embedder
from retrievers.search import CALIBRATIONS, DEFAULT_CALIBRATION

logger = logging.getLogger(__name__)


class CuratedIndexes(Fresh[CuratedIndex]):
    """Answers changed by anybody count within seconds; without vectors until a model is ready."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        super().__init__()
        self._database = database
        self._embedder = embedder

    async def _version(self, tenant: str) -> str:
        ready = self._embedder.ready
        async with self._database.reading(tenant) as db:
            return f"{await curated.curated_version(db, tenant)} {ready}"

    async def _load(self, tenant: str) -> CuratedIndex:
        async with self._database.reading(tenant) as db:
            answers = await curated.list_curated(db, tenant)
        return CuratedIndex(
            answers=tuple(answers),
            vectors=await self._vectors_of(answers),
            calibration=CALIBRATIONS.get(self._embedder.model, DEFAULT_CALIBRATION),
        )

    async def _vectors_of(self, answers: Sequence[CuratedAnswer]) -> Vectors | None:
        if not self._embedder.ready or not answers:
            return None
        try:
            return await self._embedder.embed([meaning_of(answer) for answer in answers])
        except Unavailable:
            logger.warning("curated answers not embedded", extra={"answers": len(answers)})
            return None
