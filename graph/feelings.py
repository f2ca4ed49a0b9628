"""How a customer feels while people talk to them, when no turn of the graph looks at it."""

import logging

from agents.sentiment import LATEST, Sentiment, mood_of, sentiment_of
from agents.sentiment_head import Head
from data import conversations, messages
from data.db import Database
from data.errors import Unavailable
from data.scope import Scope
from data.vectors import Vector
from retrievers.embed import Embedder

logger = logging.getLogger(__name__)

MOST_CHARS = 2000  # of a message; the rest rarely changes it


class Feelings:
    """Judges the customer's last messages; where no embedding model is loaded, by their wording."""

    def __init__(self, database: Database, embedder: Embedder, head: Head) -> None:
        self._database = database
        self._embedder = embedder
        self._head = head

    async def of(self, scope: Scope) -> Sentiment | None:
        """The conversation's sentiment; None before the customer wrote anything.

        Raises:
            NotFound: the tenant has no such conversation.
        """
        async with self._database.transaction(scope.tenant) as db:
            await conversations.get_conversation(db, scope)
            said = await messages.last_messages(db, scope, LATEST, roles=["customer"])
        texts = [message.content[:MOST_CHARS] for message in said]
        vectors = await self._vectors(texts)
        moods = [mood_of(*each, self._head) for each in zip(texts, vectors, strict=True)]
        return sentiment_of(moods) if moods else None

    async def note(self, scope: Scope) -> None:
        """Keep it with the conversation, for whoever looks at the queue."""
        sentiment = await self.of(scope)
        if sentiment is None:
            return
        async with self._database.transaction(scope.tenant) as db:
            await conversations.note_sentiment(db, scope, sentiment.score, sentiment.label)

    async def _vectors(self, texts: list[str]) -> list[Vector | None]:
        if texts and self._embedder.ready and self._embedder.model == self._head.embedding_model:
            try:
                return list(await self._embedder.embed(texts))
            except Unavailable:
                logger.warning("judged_without_vectors", exc_info=True)
        return [None] * len(texts)
