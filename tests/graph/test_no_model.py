"""Without an embedding model, or with one that fails, words decide: nobody stays unanswered."""

from collections.abc import Sequence

import pytest

from data import intents
from data.errors import Unavailable
from data.intents import Intent
from retrievers.encoder import Vectors
from retrievers.hash_embedder import HashEmbedder
from tests.graph.house import ACME, House, open_house, visitor


class FailingEmbedder(HashEmbedder):
    """Its model is loaded and breaks on every text."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise Unavailable("the embedding model failed on this text")


@pytest.mark.parametrize(
    "embedder", [HashEmbedder(failure="not loaded"), FailingEmbedder()], ids=["none", "failing"]
)
async def test_a_message_is_understood_by_its_words(house: House, embedder: HashEmbedder) -> None:
    without = open_house(house.database, embedder=embedder)
    known = Intent("open_ticket", "tech", account=False, description="", keywords=["open a ticket"])
    async with house.database.transaction(ACME) as db:
        await intents.put_intents(db, ACME, [known])

    result = await without.ask(visitor(), "please open a ticket about the thing")

    assert result["intent"] == "open_ticket"
    assert result["tool_calls"] == ["create_ticket"]
