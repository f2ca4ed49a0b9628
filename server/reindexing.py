"""The knowledge of all tenants, or of one, for the embedding model that the settings name."""

from dataclasses import dataclass

from data import tenants
from data.db import Database, open_database
from data.errors import Conflict, Unavailable
from data.reindex import count_read, forget_other_models
from data.search_index import keep_search_index
from retrievers.embed import Embedder
from retrievers.ingest import Report
from retrievers.reindex import reindex
from server.embedding import embedder_of
from server.prepare import database_url
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Reindexed:
    """`read` documents are new to the model; `dropped` passages were other models'."""

    model: str
    tenants: int
    read: int
    dropped: int

    def __str__(self) -> str:
        parts = [f"{self.model} has read {self.read} more documents of {self.tenants} tenants"]
        if self.dropped:
            parts.append(f"{self.dropped} passages of other models were dropped")
        return f"{'; '.join(parts)}."


async def reindex_tenants(
    settings: Settings, only: str | None, *, drop: bool, report: Report
) -> Reindexed:
    """Have the configured model read what it has not read; then `drop` what others made.

    Raises:
        NotFound: there is no such tenant.
        Unavailable: there is no model, or it failed; the same again goes on from there.
        Conflict: documents came in meanwhile that the model has not read; nothing was dropped.
    """
    embedder = embedder_of(settings)
    embedder.start()
    try:
        if not await embedder.wait_ready():
            raise Unavailable(embedder.failure or "the embedding model is not available")
        async with open_database(database_url(settings), minimum=1, maximum=4) as database:
            async with database.ops_transaction() as ops:
                found = [await tenants.get_tenant(ops, only)] if only else None
                wanted = [each.id for each in found or await tenants.list_tenants(ops)]
            read = dropped = 0
            for tenant in wanted:
                read += await reindex(database, embedder, tenant, report)
                if drop:
                    dropped += await _drop_others(database, embedder, tenant)
            return Reindexed(embedder.model, len(wanted), read, dropped)
    finally:
        embedder.close()


async def _drop_others(database: Database, embedder: Embedder, tenant: str) -> int:
    async with database.transaction(tenant) as db:
        read, documents = await count_read(db, tenant, embedder.model)
        if read < documents:
            raise Conflict(f"{tenant}: {documents - read} documents are not read yet; run it again")
        dropped = await forget_other_models(db, tenant, embedder.model)
    await keep_search_index(database, tenant)
    return dropped
