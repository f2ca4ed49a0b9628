"""Vectors from an endpoint over real HTTP, and what comes of one that fails."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.errors import Unavailable
from retrievers.batching import BatchingEmbedder
from retrievers.embed import Embedder, Endpoint, open_embedder
from retrievers.endpoint_encoder import EndpointEncoder
from tests.retrievers.embeddings_server import (
    JSON,
    Answer,
    EmbeddingsServer,
    embeddings,
    embeddings_server,
    refusal,
)

KEY = "sk-test"


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with embeddings_server() as running:
        yield running


def opened(server: EmbeddingsServer, dimensions: int | None = None) -> Embedder:
    return open_embedder("openai", "small", Path("unused"), Endpoint(server.url, KEY, dimensions))


async def test_texts_get_their_own_vectors_of_length_one(server: EmbeddingsServer) -> None:
    embedder = opened(server)
    assert (embedder.model, embedder.dimensions) == ("openai/small", 0)
    rows = await embedder.embed(["a lamp", "a lamp hums", ""])
    assert (rows.shape, embedder.dimensions) == ((3, 64), 64)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert rows[0] @ rows[1] > 0.7 > rows[0] @ rows[2]
    assert server.requests[-1]["model"] == "small"
    assert "dimensions" not in server.requests[-1]
    assert set(server.keys) == {f"Bearer {KEY}"}
    embedder.close()


async def test_fewer_dimensions_are_asked_for_and_make_another_model(
    server: EmbeddingsServer,
) -> None:
    embedder = opened(server, 16)
    assert (await embedder.embed(["a lamp"])).shape == (1, 16)
    assert (embedder.model, server.requests[-1]["dimensions"]) == ("openai/small@16", 16)
    embedder.close()


BROKEN: dict[str, Answer] = {
    "refused": refusal(401, "no such key"),
    "not found": refusal(404, "no such model"),
    "html": (200, {"content-type": "text/html"}, b"<html>Sign in</html>"),
    "no json": (200, JSON, b'{"data": [{"emb'),
    "no vectors": (200, JSON, b'{"object": "list", "data": []}'),
    "something else": (200, JSON, b'{"choices": []}'),
    "too few": embeddings([]),
    "too many": embeddings([[1.0] * 64] * 2),
    "too short": embeddings([[1.0] * 8]),
    "words": embeddings([["a"] * 64]),
    "nothing": embeddings([[0.0] * 64]),
    "not a number": embeddings([[float("nan")] * 64]),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_an_answer_that_is_no_vector_costs_this_text_only(
    server: EmbeddingsServer, answer: Answer
) -> None:
    embedder = opened(server)
    assert await embedder.wait_ready()
    server.failing = [answer]
    with pytest.raises(Unavailable):
        await embedder.embed(["a lamp"])
    assert sum(embedder.failures.values()) == 1
    assert (await embedder.embed(["a lamp"])).shape == (1, 64)
    embedder.close()


@pytest.mark.parametrize(
    "answer", [refusal(429, "slowly", **{"retry-after": "0"}), refusal(500, "down")]
)
async def test_what_passes_is_asked_again(server: EmbeddingsServer, answer: Answer) -> None:
    embedder = opened(server)
    assert await embedder.wait_ready()
    server.failing = [answer]
    assert (await embedder.embed(["a lamp"])).shape == (1, 64)
    embedder.close()


async def test_an_endpoint_that_was_down_at_the_start_serves_once_it_is_back(
    server: EmbeddingsServer,
) -> None:
    encoder = EndpointEncoder("small", Endpoint(server.url, KEY))
    encoder.retry_s = 0.05
    server.failing = [refusal(401, "no such key")]
    embedder = BatchingEmbedder(encoder)
    embedder.start()
    assert not await embedder.wait_ready()
    assert "no such key" in str(embedder.failure)
    async with asyncio.timeout(10):
        while not embedder.ready:
            await asyncio.sleep(0.01)
    assert embedder.failure is None
    assert (await embedder.embed(["a lamp"])).shape == (1, 64)
    embedder.close()


async def test_a_silent_endpoint_costs_one_customer_a_moment_and_is_then_left_alone(
    server: EmbeddingsServer,
) -> None:
    encoder = EndpointEncoder("small", Endpoint(server.url, KEY))
    encoder.patience_s, encoder.timeout_s = 0.2, 0.3
    embedder = BatchingEmbedder(encoder)
    assert await embedder.wait_ready()
    server.gate.clear()
    many = asyncio.create_task(embedder.embed([f"lamp {n}" * 100 for n in range(64)]))
    with pytest.raises(Unavailable, match=r"left alone for a while: no vectors within 0\.2"):
        await embedder.embed(["a lamp"])
    assert not embedder.ready
    with pytest.raises(Unavailable, match="left alone") as refused:
        await embedder.embed(["another lamp"])
    assert refused.value.retry_after_s > 1
    with pytest.raises(Unavailable, match="openai/small gave no vectors: its endpoint did not"):
        await many  # not each of its batches in turn
    assert embedder.failures == {"late": 1, "timeout": 1}
    server.gate.set()
    assert (await embedder.embed(["a lamp"], patient=True)).shape == (1, 64)
    assert embedder.ready
    assert embedder.failure is None
    embedder.close()
