"""Each tenant's intent index, built from its rows and kept while they stay as they are."""

import asyncio
import logging
from collections.abc import Sequence

from agents.fresh import Fresh
from agents.intents import IntentIndex, Labelled, build_index
from agents.route_head import RouteHead
from data import intents
from data.db import Database
from data.errors import Unavailable
from data.intents import EmbeddedExample
from data.vectors import Vector, from_sql
from retrievers.embed import Embedder

logger = logging.getLogger(__name__)


class IntentIndexes(Fresh[IntentIndex]):
    """Examples added by anybody count within seconds; without vectors until a model is ready."""

    def __init__(
        self, database: Database, embedder: Embedder, head: RouteHead | None = None
    ) -> None:
        super().__init__()
        self._database = database
        self._embedder = embedder
        self._head = head

    async def _version(self, tenant: str) -> str:
        ready = self._embedder.ready
        async with self._database.reading(tenant) as db:
            return f"{await intents.intents_version(db, tenant)} {ready}"

    async def _load(self, tenant: str) -> IntentIndex:
        async with self._database.transaction(tenant) as db:
            known = await intents.list_intents(db, tenant)
            examples = await intents.load_examples(db, tenant)
        vectors = await self._vectors_of(tenant, examples)
        labelled = [Labelled(e.intent, e.content, vectors.get(e.id)) for e in examples]
        return await asyncio.to_thread(build_index, known, labelled, self._head)

    async def _vectors_of(
        self, tenant: str, examples: Sequence[EmbeddedExample]
    ) -> dict[int, Vector]:
        """Vectors by example id, those that were missing made and kept; none without a model."""
        if not self._embedder.ready:
            return {}
        model, dimensions = self._embedder.model, self._embedder.dimensions
        made = {e.id: e.vector for e in examples if e.vector and e.model == model}
        rows = from_sql(list(made.values()), dimensions)
        vectors = dict(zip(made, rows, strict=True))
        missing = [e for e in examples if e.id not in vectors]
        if not missing:
            return vectors
        try:
            new = await self._embedder.embed([e.content for e in missing])
        except Unavailable:
            logger.warning("intent examples not embedded", extra={"examples": len(missing)})
            return vectors
        added = list(zip([e.id for e in missing], new, strict=True))
        async with self._database.transaction(tenant) as db:
            await intents.set_vectors(db, tenant, added, model)
        return vectors | dict(added)
