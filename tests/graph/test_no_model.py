"""Without an embedding model, or with one that fails, words decide: nobody stays unanswered."""

from collections.abc import Sequence

import pytest

from data import intents
from data.errors import Unavailable
from data.intents import Intent
from retrievers.batching import BatchingEmbedder
from retrievers.embed import Endpoint
from retrievers.encoder import Vectors
from retrievers.endpoint_encoder import EndpointEncoder
from retrievers.hash_embedder import HashEmbedder
from server.metrics import Counted, exposition
from tests.graph.house import ACME, House, open_house, visitor
from tests.retrievers.embeddings_server import embeddings_server

TICKET = Intent("open_ticket", "tech", account=False, description="", keywords=["open a ticket"])


class FailingEmbedder(HashEmbedder):
    """Its model is loaded and breaks on every text."""

    async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
        raise Unavailable("the embedding model failed on this text")


@pytest.mark.parametrize(
    "embedder", [HashEmbedder(failure="not loaded"), FailingEmbedder()], ids=["none", "failing"]
)
async def test_a_message_is_understood_by_its_words(house: House, embedder: HashEmbedder) -> None:
    without = open_house(house.database, embedder=embedder)
    await opens_a_ticket(without)


async def opens_a_ticket(house: House) -> None:
    async with house.database.transaction(ACME) as db:
        await intents.put_intents(db, ACME, [TICKET])

    result = await house.ask(visitor(), "please open a ticket about the thing")

    assert result["intent"] == "open_ticket"
    assert result["tool_calls"] == ["create_ticket"]


async def test_an_endpoint_that_accepts_and_says_nothing_costs_nobody_an_answer(
    house: House,
) -> None:
    with embeddings_server() as endpoint:
        encoder = EndpointEncoder("small", Endpoint(endpoint.url, "sk-test"))
        encoder.patience_s = 0.3
        embedder = BatchingEmbedder(encoder)
        assert await embedder.wait_ready()
        endpoint.gate.clear()
        silent = open_house(house.database, embedder=embedder)
        await opens_a_ticket(silent)
        asked = len(endpoint.keys)
        await opens_a_ticket(silent)
        assert len(endpoint.keys) == asked  # it is left alone
        counted = exposition(Counted(silent.models, silent.refusals, embedder)).decode()
        embedder.close()
    assert 'embedding_failures_total{model="openai/small",reason="late"} 1.0' in counted
