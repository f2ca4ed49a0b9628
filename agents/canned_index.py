"""Each tenant's canned responses with their vectors, kept while the rows stay as they are."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from agents.fresh import Fresh
from data import canned
from data.canned import CannedResponse
from data.db import Database
from data.errors import Unavailable
from data.vectors import Vector, Vectors
from retrievers.embed import Embedder
from retrievers.search import CALIBRATIONS, DEFAULT_CALIBRATION, calibrate

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class CannedIndex:
    """`vectors` has a row for each response; None without a model."""

    responses: tuple[CannedResponse, ...]
    vectors: Vectors | None

    def fitting(self, vector: Vector, model: str) -> list[tuple[CannedResponse, float]]:
        """Every response with its calibrated similarity, 0..1, to what was asked; best first."""
        if self.vectors is None or not self.responses:
            return []
        calibration = CALIBRATIONS.get(model, DEFAULT_CALIBRATION)
        fits = [calibrate(float(cosine), calibration) for cosine in self.vectors @ vector]
        return sorted(zip(self.responses, fits, strict=True), key=lambda each: -each[1])


class CannedIndexes(Fresh[CannedIndex]):
    """A response added by anybody counts within seconds."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        super().__init__()
        self._database = database
        self._embedder = embedder

    async def _version(self, tenant: str) -> str:
        async with self._database.reading(tenant) as db:
            return f"{await canned.canned_version(db, tenant)} {self._embedder.ready}"

    async def _load(self, tenant: str) -> CannedIndex:
        async with self._database.reading(tenant) as db:
            responses = await canned.list_canned(db, tenant)
        return CannedIndex(tuple(responses), await self._vectors_of(responses))

    async def _vectors_of(self, responses: Sequence[CannedResponse]) -> Vectors | None:
        if not self._embedder.ready or not responses:
            return None
        try:
            return await self._embedder.embed([f"{r.title}. {r.content}" for r in responses])
        except Unavailable:
            logger.warning("canned responses not embedded", extra={"responses": len(responses)})
            return None
