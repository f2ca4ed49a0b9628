"""Load a tenant's knowledge from its folder: intents, curated answers, articles."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from data import curated, intents
from data.db import Database
from data.seed.knowledge import Article, IntentEntry, read_knowledge
from retrievers.embed import Embedder
from retrievers.ingest import Report, Upload, ingest

BATCH = 64  # examples embedded and stored between two reports


async def load_knowledge(
    database: Database, embedder: Embedder, tenant: str, folder: Path, report: Report
) -> None:
    """Bring the tenant's knowledge to what the files say; what is the same is not done again.

    Entries of the same name are replaced. What the files do not have stays.

    Args:
        database: where to.
        embedder: waited for until its model is loaded.
        tenant: whose knowledge; it has to exist.
        folder: holds intents.yaml, curated.yaml and articles/.
        report: told about progress.

    Raises:
        Invalid: a file is wrong; nothing was written.
        Unavailable: there is no embedding model.
    """
    files = await asyncio.to_thread(read_knowledge, folder)
    async with database.transaction(tenant) as db:
        await intents.put_intents(db, tenant, [entry.intent for entry in files.intents])
        await curated.put_curated(db, tenant, [entry.answer for entry in files.curated])
    report("curated answers", len(files.curated), len(files.curated))
    await _load_examples(database, embedder, tenant, files.intents, report)
    await _load_articles(database, embedder, tenant, files.articles, report)


async def _load_examples(
    database: Database,
    embedder: Embedder,
    tenant: str,
    entries: Sequence[IntentEntry],
    report: Report,
) -> None:
    async with database.transaction(tenant) as db:
        stored = await intents.load_examples(db, tenant)
    there = {(e.intent, e.content) for e in stored if e.vector and e.model == embedder.model}
    wanted = [(entry.name, content) for entry in entries for content in entry.examples]
    missing = [example for example in wanted if example not in there]
    done = len(wanted) - len(missing)
    report("intent examples", done, len(wanted))
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        vectors = await embedder.embed([content for _, content in part], patient=True)
        rows = [(name, content, row) for (name, content), row in zip(part, vectors, strict=True)]
        async with database.transaction(tenant) as db:
            await intents.add_examples(db, tenant, rows, embedder.model)
        done += len(part)
        report("intent examples", done, len(wanted))


async def _load_articles(
    database: Database,
    embedder: Embedder,
    tenant: str,
    articles: Sequence[Article],
    report: Report,
) -> None:
    for done, article in enumerate(articles):
        report("articles", done, len(articles))
        upload = Upload(
            source=article.source,
            title=article.front.title,
            content=article.content,
            specialist=article.front.specialist,
            category=article.front.category,
        )
        await ingest(database, embedder, tenant, upload)
    report("articles", len(articles), len(articles))
