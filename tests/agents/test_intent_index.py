"""Indexes that follow what a tenant adds, whatever the state of the embedding model."""

from collections.abc import Sequence

import pytest

from agents.curated_index import CuratedIndexes
from agents.intent_index import IntentIndexes
from agents.intents import classify_text
from data import curated, intents
from data.curated import CuratedAnswer
from data.db import Database
from data.intents import Intent
from retrievers.encoder import Vectors
from retrievers.hash_embedder import HashEmbedder

TENANT = "acme"
BILL = Intent("bill", "billing", True, "", [])
NOISE = Intent("noise", "tech", False, "", [])
HOURS = CuratedAnswer("general", "hours", [], ["opening hours"], "From nine to five.", 0.9)


class Embedder(HashEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.broken = False

    async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
        self.texts += texts
        if self.broken:
            self.ready = False
        return await super().embed(texts)


@pytest.fixture
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture
async def acme(db: Database) -> Database:
    async with db.transaction(TENANT) as tx:
        await intents.put_intents(tx, TENANT, [BILL, NOISE])
        await intents.add_example(tx, TENANT, "bill", "what do I owe")
        await intents.add_example(tx, TENANT, "noise", "the box hums")
        await curated.put_curated(tx, TENANT, [HOURS])
    return db


async def guess(indexes: IntentIndexes, embedder: Embedder, text: str) -> str:
    vector = (await embedder.embed([text]))[0] if embedder.ready else None
    return classify_text(text, vector, await indexes.of(TENANT))[0].name


async def test_vectors_that_are_missing_are_made_once_and_kept(
    acme: Database, embedder: Embedder
) -> None:
    for _ in range(2):
        index = await IntentIndexes(acme, embedder).of(TENANT)
        assert index.vectors.shape == (2, 384)
    assert embedder.texts == ["what do I owe", "the box hums"]


async def test_an_example_that_was_added_counts_after_forget(
    acme: Database, embedder: Embedder
) -> None:
    indexes = IntentIndexes(acme, embedder)
    assert await guess(indexes, embedder, "how loud is what I owe") == "bill"
    async with acme.transaction(TENANT) as tx:
        await intents.add_example(tx, TENANT, "noise", "how loud is what I owe")
    indexes.forget(TENANT)
    assert await guess(indexes, embedder, "how loud is what I owe") == "noise"


async def test_vectors_of_another_model_are_made_anew(acme: Database, embedder: Embedder) -> None:
    await IntentIndexes(acme, embedder).of(TENANT)
    other = Embedder()
    other.model = "other"
    await IntentIndexes(acme, other).of(TENANT)
    assert len(other.texts) == 2


async def test_without_a_model_the_index_has_words_only(acme: Database) -> None:
    asleep = Embedder()
    asleep.ready = False
    indexes = IntentIndexes(acme, asleep)
    assert (await indexes.of(TENANT)).vectors.size == 0
    async with acme.transaction(TENANT) as tx:
        await intents.add_example(tx, TENANT, "noise", "hums loudly")
    indexes.forget(TENANT)
    assert await guess(indexes, asleep, "hums") == "noise"
    asleep.ready = True
    indexes.forget(TENANT)
    assert (await indexes.of(TENANT)).vectors.shape == (3, 384)


async def test_a_model_that_fails_costs_the_vectors_only(acme: Database) -> None:
    failing = Embedder()
    failing.broken = True
    assert (await IntentIndexes(acme, failing).of(TENANT)).vectors.size == 0
    failing.ready = True
    assert (await CuratedIndexes(acme, failing).of(TENANT)).vectors is None


async def test_a_tenant_without_anything_has_empty_indexes(
    db: Database, embedder: Embedder
) -> None:
    assert (await IntentIndexes(db, embedder).of("nobody")).intents == ()
    assert (await CuratedIndexes(db, embedder).of("nobody")).answers == ()


async def test_a_curated_answer_that_changed_serves_after_forget(
    acme: Database, embedder: Embedder
) -> None:
    indexes = CuratedIndexes(acme, embedder)
    first = await indexes.of(TENANT)
    assert first.answers == (HOURS,)
    assert first.vectors is not None
    assert first.vectors.shape == (1, 384)
    async with acme.transaction(TENANT) as tx:
        await curated.delete_curated(tx, TENANT, "general", "hours")
    indexes.forget(TENANT)
    assert (await indexes.of(TENANT)).answers == ()
