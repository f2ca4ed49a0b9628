"""Another embedding model's vectors, made beside those that serve.

Documents are read one by one, each stored in a transaction, so whoever dies half-way goes on where
they were. A document that is uploaded meanwhile is what the serving model made of it, and is read
again.
"""

from data.db import Database
from data.reindex import Lagging, add_vectors, count_read, lagging_documents, pieces_of
from data.search_index import keep_search_index
from retrievers.embed import Embedder
from retrievers.ingest import BATCH, Report, no_report


async def reindex(
    database: Database, embedder: Embedder, tenant: str, report: Report = no_report
) -> int:
    """Have the model read every document of the tenant that it has not read.

    Returns:
        How many documents that were.

    Raises:
        Unavailable: the model failed; what was read until then stays.
    """
    added, last = 0, 0
    while True:
        async with database.reading(tenant) as db:
            read, documents = await count_read(db, tenant, embedder.model)
            report(tenant, read, documents)
            lagging = await lagging_documents(db, tenant, embedder.model, after=last)
        if not lagging:
            if last == 0:
                return added
            last = 0  # once more from the start: some may have been replaced
            continue
        for document in lagging:
            added += await _read(database, embedder, tenant, document)
            read += 1
            report(tenant, min(read, documents), documents)
        await keep_search_index(database, tenant)
        last = lagging[-1].id


async def _read(database: Database, embedder: Embedder, tenant: str, document: Lagging) -> bool:
    async with database.reading(tenant) as db:
        pieces = await pieces_of(db, tenant, document.id)
    vectors = []
    for start in range(0, len(pieces), BATCH):
        part = pieces[start : start + BATCH]
        vectors += list(
            await embedder.embed([f"{p.heading}\n{p.content}" for p in part], patient=True)
        )
    if not pieces:  # gone, or without a passage: there is nothing to read
        return False
    async with database.transaction(tenant) as db:
        return await add_vectors(
            db, tenant, document, embedder.model, list(zip(pieces, vectors, strict=True))
        )
