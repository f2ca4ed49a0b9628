"""Search in the knowledge base, with scores that mean the same whatever found a passage."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from data.db import Database
from data.errors import Unavailable
from data.search import Found, Query, search_passages
from data.vectors import Vector
from retrievers.earlier import CHARS, in_conversation
from retrievers.embed import Embedder

MOST_CHARS = 2000  # of a query that are read; the model sees about half of that
MOST_RESULTS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """The cosine that counts as 0.5, and how fast the score rises around it."""

    middle: float
    steepness: float


# all-MiniLM-L6-v2: a cosine of 0.45 scores 0.6. On the demo tenant's articles 36 of 40 questions
# had their best passage above it, and 2 in 100 messages about something else altogether.
DEFAULT_CALIBRATION = Calibration(middle=0.416, steepness=12.0)
CALIBRATIONS: Mapping[str, Calibration] = {"all-MiniLM-L6-v2": DEFAULT_CALIBRATION}


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document. `heading` is the path down from its title; `score` is 0..1."""

    document_id: int
    title: str
    source: str
    category: str | None
    heading: str
    content: str
    score: float


async def search(
    database: Database,
    embedder: Embedder,
    tenant: str,
    query: str,
    *,
    earlier: str = "",
    favour: str | None = None,
    specialist: str | None = None,
    category: str | None = None,
    limit: int = 5,
    vector: Vector | None = None,
) -> list[Passage]:
    """What the tenant's documents say about a query, best first.

    The order also counts words, the scores do not. Until the embedding model is ready, or if it
    fails, shared words alone decide.

    Args:
        database: where the passages are.
        embedder: the model that made the passages' vectors.
        tenant: whose knowledge base.
        query: a customer's words, any characters; blank finds nothing.
        earlier: what the agent said before them; without it a follow-up may find nothing.
        favour: a specialist whose own documents come before others that fit as well.
        specialist: only its documents and those of nobody in particular; None: all.
        category: only documents of this one; None: all.
        limit: 1 to MOST_RESULTS.
        vector: the query's embedding where the caller has it already.
    """
    query, earlier = clean(query), clean(earlier[:CHARS])
    if not query:
        return []
    vector, said = await _meaning(embedder, query, earlier, vector)
    wanted = Query(
        text=query,
        vector=vector,
        model=embedder.model,
        earlier=earlier,
        favour=favour,
        specialist=specialist,
        category=category,
    )
    async with database.reading(tenant) as db:
        if said is not None:
            wanted = await in_conversation(db, tenant, wanted, said)
        found = await search_passages(db, tenant, wanted, limit=min(max(limit, 1), MOST_RESULTS))
    calibration = CALIBRATIONS.get(embedder.model, DEFAULT_CALIBRATION)
    return [_passage(f, calibration) for f in found]


def clean(query: str) -> str:
    r"""The query as Postgres and the model can read it.

    >>> clean(" hub \0is\ud800 red ")
    'hub  is  red'
    """
    letters = (" " if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in query[:MOST_CHARS])
    return "".join(letters).strip()


async def _meaning(
    embedder: Embedder, query: str, earlier: str, vector: Vector | None
) -> tuple[Vector | None, Vector | None]:
    """Vectors of the question and of what was said before it; None without a model."""
    missing = [query] if vector is None else []
    if earlier:
        missing.append(earlier)
    if not missing or not embedder.ready:
        return vector, None
    try:
        rows = list(await embedder.embed(missing))
    except Unavailable:
        return vector, None
    said = rows.pop() if earlier else None
    return (rows[0] if vector is None else vector), said


def _passage(found: Found, calibration: Calibration) -> Passage:
    if found.cosine is not None:
        score = calibrate(found.cosine, calibration)
    else:
        score = word_score(found.covered, found.terms)
    return Passage(
        document_id=found.document_id,
        title=found.title,
        source=found.source,
        category=found.category,
        heading=found.heading,
        content=found.content,
        score=round(score, 4),
    )


def calibrate(cosine: float, calibration: Calibration = DEFAULT_CALIBRATION) -> float:
    """How likely a passage of that cosine answers, 0..1: a logistic curve, never falling.

    >>> [round(calibrate(c), 2) for c in (-1, 0.3, 0.45, 0.6, 1)]
    [0.0, 0.2, 0.6, 0.9, 1.0]
    """
    return 1 / (1 + math.exp(calibration.steepness * (calibration.middle - cosine)))


def word_score(covered: int, terms: int) -> float:
    """The score of a passage found by words alone: how many of the query's words it holds.

    One word in common never reaches the 0.6 that an answer needs; two of two do.

    >>> [round(word_score(*x), 2) for x in ((1, 1), (2, 2), (2, 4), (0, 0))]
    [0.5, 0.67, 0.4, 0.0]
    """
    return covered / (terms + 1)
