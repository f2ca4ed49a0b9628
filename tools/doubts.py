"""What in a knowledge base somebody should look at. Nothing is changed by looking."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from data import knowledge_feedback
from data.db import Database
from data.knowledge_feedback import Rated
from data.passages import StoredPassage, newest_passages
from data.vectors import from_sql
from retrievers.contradictions import contradictions, over
from retrievers.embed import Embedder

MOST_PASSAGES = 10_000  # compared with each other: some seconds
FEWEST_RATINGS = 3
MOST_DOUBTS = 200

Kind = Literal["conflict", "stale", "unhelpful"]


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence and where it stands."""

    source: str
    title: str
    heading: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """`other` is the sentence that a conflicting one disagrees with."""

    kind: Kind
    place: Place
    reason: str
    other: Place | None = None


@dataclass(frozen=True, slots=True)
class Doubts:
    """`examined` passages were looked at, the newest first where there are more."""

    doubts: list[Doubt]
    examined: int


async def doubts_about(database: Database, embedder: Embedder, tenant: str) -> Doubts:
    """Documents that contradict each other, speak of what is over, or helped few."""
    async with database.transaction(tenant) as db:
        passages = await newest_passages(db, tenant, embedder.model, MOST_PASSAGES)
        rated = await knowledge_feedback.unhelpful_sources(db, tenant, FEWEST_RATINGS)
    today = datetime.now(UTC).date()
    compared = await asyncio.to_thread(conflicts_in, passages, embedder.dimensions)
    found = [*compared, *stale_in(passages, today), *map(_unhelpful, rated)]
    return Doubts(found[:MOST_DOUBTS], len(passages))


def conflicts_in(passages: Sequence[StoredPassage], dimensions: int) -> list[Doubt]:
    """Sentences of two documents that say nearly the same with other figures."""
    vectors = from_sql([passage.vector for passage in passages], dimensions)
    pairs = contradictions([passage.content for passage in passages], vectors)
    return [
        Doubt(
            "conflict",
            _place(passages[pair.first.passage], pair.first.sentence),
            f"the two name other figures ({pair.unit})",
            _place(passages[pair.second.passage], pair.second.sentence),
        )
        for pair in pairs
        if passages[pair.first.passage].document_id != passages[pair.second.passage].document_id
    ]


def stale_in(passages: Sequence[StoredPassage], today: date) -> Iterator[Doubt]:
    """Sentences that name an end which is past."""
    for passage in passages:
        for sentence in over(passage.content, today):
            yield Doubt("stale", _place(passage, sentence), "it names an end that is past")


def _unhelpful(rated: Rated) -> Doubt:
    place = Place(rated.source, rated.title, "", "")
    return Doubt("unhelpful", place, f"{rated.not_useful} of {rated.ratings} found it of no use")


def _place(passage: StoredPassage, sentence: str) -> Place:
    return Place(passage.source, passage.title, passage.heading, sentence)
