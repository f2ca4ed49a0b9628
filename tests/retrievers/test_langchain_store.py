"""LangChain's PGVectorStore on the very rows that the product's search reads."""

import pytest
from sqlalchemy.exc import ProgrammingError

from data.db import Database
from retrievers.chunk import chunk
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Ingested, Upload, ingest
from retrievers.langchain_store import as_langchain, open_store
from retrievers.reindex import reindex
from retrievers.search import search

ACME, GLOBEX = "acme", "globex"
RETURNS = Upload("returns", "Returns", "# By post\n\nSend the parcel back in thirty days.")


async def ingested(db: Database, tenant: str = ACME) -> Ingested:
    return await ingest(db, HashEmbedder(), tenant, RETURNS)


async def test_what_we_ingested_is_found_with_its_heading(db: Database, database_url: str) -> None:
    done = await ingested(db)
    async with open_store(database_url, ACME, HashEmbedder()) as store:
        [(found, distance)] = await store.asimilarity_search_with_score("the parcel back", k=3)
    assert found.page_content == "Send the parcel back in thirty days."
    assert found.metadata["heading"] == "Returns › By post"
    assert found.metadata["document_id"] == done.document.id
    assert 0 < distance < 1


async def test_what_langchain_adds_is_found_by_our_search_and_can_be_changed_and_deleted(
    db: Database, database_url: str
) -> None:
    done, embedder = await ingested(db), HashEmbedder()
    added = as_langchain(ACME, done.document, chunk("A lamp hums.", "text"), embedder.model)
    async with open_store(database_url, ACME, embedder) as store:
        [number] = await store.aadd_documents(added)
        [found, *_] = await search(db, embedder, ACME, "a lamp hums")
        assert (found.content, found.heading, found.source) == (
            "A lamp hums.",
            "Returns",
            "returns",
        )
        added[0].page_content = "A lamp rattles."
        assert await store.aadd_documents(added, ids=[number]) == [number]
        assert (await search(db, embedder, ACME, "rattles"))[0].content == "A lamp rattles."
        await store.adelete([number])
    assert "rattles" not in str(await search(db, embedder, ACME, "rattles", limit=50))


async def test_of_two_models_passages_a_filter_picks_ones_own(
    db: Database, database_url: str
) -> None:
    await ingested(db)
    await reindex(db, HashEmbedder(64), ACME)
    for embedder in (HashEmbedder(), HashEmbedder(64)):
        async with open_store(database_url, ACME, embedder) as store:
            own = {"model": embedder.model}
            [found] = await store.asimilarity_search("the parcel back", k=3, filter=own)
        assert found.metadata["model"] == embedder.model


async def test_another_tenants_passages_are_neither_found_nor_written(
    db: Database, database_url: str
) -> None:
    done, embedder = await ingested(db, GLOBEX), HashEmbedder()
    planted = as_langchain(GLOBEX, done.document, chunk("Planted.", "text"), embedder.model)
    async with open_store(database_url, ACME, embedder) as store:
        assert await store.asimilarity_search("the parcel back", k=50) == []
        with pytest.raises(ProgrammingError, match="row-level security"):
            await store.aadd_documents(planted)
    assert "Planted" not in str(await search(db, embedder, GLOBEX, "planted", limit=50))


async def test_a_name_that_is_no_tenants_opens_nothing(database_url: str) -> None:
    with pytest.raises(ValueError, match="not a tenant id"):
        async with open_store(database_url, "acme -c role=postgres", HashEmbedder()):
            pass
