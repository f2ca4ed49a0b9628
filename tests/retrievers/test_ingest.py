"""Documents on their way into the knowledge base."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from data.db import Database
from data.errors import Invalid, Unavailable
from data.knowledge import count_knowledge, list_documents
from retrievers.encoder import Vectors
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload, ingest

TENANT = "acme"
FEES = Upload("fees", "Fees", "# Fees\n\nA late fee is five dollars.", category="money")
MANY = "\n\n".join(f"## Part {n}\n\n" + f"Thing {n} is told here in full. " * 10 for n in range(70))


class CountingEmbedder(HashEmbedder):
    """Knows how many texts it was given, and fails from the `failing_at`th on."""

    def __init__(self, failing_at: int | None = None) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.failing_at = failing_at

    async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
        self.texts += texts
        if self.failing_at is not None and len(self.texts) >= self.failing_at:
            raise Unavailable("the embedding model failed on this text")
        return await super().embed(texts)


async def passages(db: Database, tenant: str = TENANT) -> list[tuple[str, str]]:
    async with db.transaction(tenant) as tx:
        cursor = await tx.execute("SELECT heading, content FROM passages ORDER BY position")
        return [(str(heading), str(content)) for heading, content in await cursor.fetchall()]


async def test_a_document_becomes_passages_under_its_title(db: Database) -> None:
    done = await ingest(db, HashEmbedder(), TENANT, replace(FEES, title="All fees"))
    assert done.changed
    assert (done.document.source, done.document.category, done.document.passages) == (
        "fees",
        "money",
        1,
    )
    assert await passages(db) == [("All fees › Fees", "A late fee is five dollars.")]


async def test_the_same_content_again_is_no_work(db: Database) -> None:
    embedder = CountingEmbedder()
    first = await ingest(db, embedder, TENANT, FEES)
    again = await ingest(db, embedder, TENANT, FEES)
    assert (again.changed, again.document) == (False, first.document)
    assert embedder.texts == ["Fees\nA late fee is five dollars."]


@pytest.mark.parametrize(
    "changed",
    [
        replace(FEES, title="Costs"),
        replace(FEES, category=None),
        replace(FEES, specialist="billing"),
        replace(FEES, content="# Fees\n\nNone."),
        replace(FEES, form="text"),
    ],
)
async def test_any_change_replaces_the_document(db: Database, changed: Upload) -> None:
    first = await ingest(db, HashEmbedder(), TENANT, FEES)
    second = await ingest(db, HashEmbedder(), TENANT, changed)
    assert second.changed
    assert second.document.id == first.document.id
    assert len(await passages(db)) == 1


async def test_another_model_makes_the_vectors_anew(db: Database) -> None:
    await ingest(db, HashEmbedder(), TENANT, FEES)
    other = HashEmbedder()
    other.model = "other"
    assert (await ingest(db, other, TENANT, FEES)).changed
    async with db.transaction(TENANT) as tx:
        assert (await count_knowledge(tx, TENANT)).models == ["other"]


async def test_an_ingest_that_fails_half_way_leaves_the_old_passages(db: Database) -> None:
    await ingest(db, HashEmbedder(), TENANT, FEES)
    before = await passages(db)
    with pytest.raises(Unavailable):
        await ingest(db, CountingEmbedder(40), TENANT, replace(FEES, content=MANY))
    assert await passages(db) == before
    assert (await ingest(db, HashEmbedder(), TENANT, FEES)).changed is False


async def test_a_transaction_that_fails_leaves_the_old_passages(db: Database) -> None:
    await ingest(db, HashEmbedder(), TENANT, FEES)
    before = await passages(db)
    with pytest.raises(Exception, match="more than 16000 dimensions"):
        await ingest(db, HashEmbedder(dimensions=16_001), TENANT, replace(FEES, content=MANY))
    assert await passages(db) == before


async def test_what_is_no_text_leaves_the_old_passages(db: Database) -> None:
    await ingest(db, HashEmbedder(), TENANT, FEES)
    with pytest.raises(Invalid, match="content: is empty"):
        await ingest(db, HashEmbedder(), TENANT, replace(FEES, content=" "))
    assert len(await passages(db)) == 1


async def test_progress_is_reported_from_nothing_to_all(db: Database) -> None:
    reports: list[tuple[str, int, int]] = []
    upload = replace(FEES, content=MANY)
    done = await ingest(db, HashEmbedder(), TENANT, upload, lambda *r: reports.append(r))
    total = done.document.passages
    assert total > 64
    assert reports == [("fees", n, total) for n in (0, 32, 64, total)]


async def test_tenants_may_have_documents_of_the_same_name(db: Database) -> None:
    await ingest(db, HashEmbedder(), TENANT, FEES)
    await ingest(db, HashEmbedder(), "globex", replace(FEES, content="# Fees\n\nNone."))
    assert await passages(db) == [("Fees", "A late fee is five dollars.")]
    assert await passages(db, "globex") == [("Fees", "None.")]
    async with db.transaction("globex") as tx:
        assert len(await list_documents(tx, "globex")) == 1
