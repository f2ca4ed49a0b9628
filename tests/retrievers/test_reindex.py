"""Another model's vectors beside those that serve."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from data.db import Database
from data.errors import Unavailable
from data.knowledge import count_knowledge, list_documents
from data.reindex import count_read, forget_other_models
from data.search_index import keep_search_index
from retrievers.encoder import Vectors
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload, ingest
from retrievers.reindex import reindex
from retrievers.search import search
from tests.acme import ACME, GLOBEX

UPLOADS = [
    Upload("fees", "Fees", "# Fees\n\nA late fee is five dollars."),
    Upload("lamps", "Lamps", "# Lamps\n\nA lamp hums at night."),
    Upload("parcels", "Parcels", "# Parcels\n\nSend the parcel back in May."),
]
OLD, NEW = HashEmbedder(), HashEmbedder(64)


@pytest.fixture
async def shop(db: Database) -> Database:
    for upload in UPLOADS:
        await ingest(db, OLD, ACME, upload)
    return db


async def sources(db: Database, embedder: HashEmbedder, query: str) -> list[str]:
    return [each.source for each in await search(db, embedder, ACME, query)]


async def test_both_models_find_every_passage_once_until_the_old_ones_are_dropped(
    shop: Database,
) -> None:
    await ingest(shop, OLD, GLOBEX, UPLOADS[0])
    told: list[tuple[str, int, int]] = []
    assert await reindex(shop, NEW, ACME, lambda *report: told.append(report)) == 3
    assert (told[0], told[-1]) == ((ACME, 0, 3), (ACME, 3, 3))
    asleep = HashEmbedder(failure="not loaded")
    for embedder in (OLD, NEW, asleep):
        found = await sources(shop, embedder, "a lamp hums at night")
        assert found[0] == "lamps"
        assert len(found) == len(set(found))
    async with shop.transaction(ACME) as tx:
        stats = await count_knowledge(tx, ACME)
        assert (stats.passages, stats.models) == (3, ["hash-384", "hash-64"])
        assert [each.passages for each in await list_documents(tx, ACME)] == [1, 1, 1]
        assert await forget_other_models(tx, ACME, NEW.model) == 3
    assert (await sources(shop, NEW, "a lamp hums at night"))[0] == "lamps"
    async with shop.transaction(GLOBEX) as tx:
        assert (await count_knowledge(tx, GLOBEX)).models == ["hash-384"]


async def test_what_a_model_has_read_is_no_work_and_an_upload_of_the_same_neither(
    shop: Database,
) -> None:
    await reindex(shop, NEW, ACME)
    assert await reindex(shop, HashEmbedder(64, failure="not needed"), ACME) == 0
    assert not (await ingest(shop, NEW, ACME, UPLOADS[0])).changed


async def test_a_document_that_changes_while_it_is_read_is_read_again(shop: Database) -> None:
    changed = replace(UPLOADS[1], content="# Lamps\n\nA lamp never hums.")

    class Meddled(HashEmbedder):
        async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
            if "hums at night" in texts[0]:
                await ingest(shop, OLD, ACME, changed)
            return await super().embed(texts)

    assert await reindex(shop, Meddled(64), ACME) == 3
    async with shop.reading(ACME) as tx:
        cursor = await tx.execute("SELECT model, content FROM passages WHERE content ~ 'hums'")
        assert sorted(await cursor.fetchall()) == [
            ("hash-384", "A lamp never hums."),
            ("hash-64", "A lamp never hums."),
        ]


async def test_what_failed_half_way_goes_on_where_it_was(shop: Database) -> None:
    class Failing(HashEmbedder):
        async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
            if "lamp" in texts[0]:
                raise Unavailable("no more today")
            return await super().embed(texts)

    with pytest.raises(Unavailable, match="no more today"):
        await reindex(shop, Failing(64), ACME)
    async with shop.reading(ACME) as tx:
        assert await count_read(tx, ACME, NEW.model) == (1, 3)
    assert await reindex(shop, NEW, ACME) == 2


async def test_each_model_of_many_passages_has_an_index_of_its_own(shop: Database) -> None:
    await reindex(shop, NEW, ACME)

    async def dimensions() -> list[str]:
        await keep_search_index(shop, ACME, 3)
        async with shop.ops_transaction() as ops:
            cursor = await ops.execute(
                "SELECT substring(indexdef FROM 'vector[(][0-9]+[)]') FROM pg_indexes"
                " WHERE indexname LIKE 'passages\\_near\\_%' ORDER BY 1"
            )
            return [row[0] for row in await cursor.fetchall()]

    assert await dimensions() == ["vector(384)", "vector(64)"]
    async with shop.transaction(ACME) as tx:
        await forget_other_models(tx, ACME, NEW.model)
    assert await dimensions() == ["vector(64)"]
    assert (await sources(shop, NEW, "a lamp hums at night"))[0] == "lamps"
