"""Search in the knowledge base: nearness of meaning, then the words that tell the near ones apart.

The nearest passages are found first, exactly for a tenant of few passages and through an index of
its own for one of many; passages that hold a rare word of the query, such as a name or a code, come
in beside them. Only among these candidates are words counted.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from data.db import Connection
from data.vectors import Vector, to_sql

CANDIDATES = 50  # nearest passages whose words are looked at; with 200 no more questions were right
WORDED = 50  # passages that come in for a rare word
WORDED_ALONE = 200  # without any near one, any word will do: those that share most with the query

# From here on a tenant's passages get an index: comparing with 4,000 of them takes less than twice
# as long as walking one (`python -m benchmarks.retrieval`), and misses none.
INDEXED_FROM = 4_000


@dataclass(frozen=True, slots=True)
class Weights:
    """What is added to the cosine for all the words, of the question and of what was said before.

    A word counts the more the fewer of the candidates hold it. `own` is added to documents of the
    specialist that asks.
    """

    words: float
    earlier: float
    own: float


# `words` and `earlier` were chosen by `switchboard evals retrieval --choose` on one half of
# the questions about three collections, together with `retrievers.earlier.CARRY`; what the other
# half says of them stands in evals/README.md. `own` was tried on the demo tenant's 40 questions
# only: to the right specialist 36 instead of 35 had their article first, to a wrong one 33 instead
# of 35; hiding what is another's loses all of these.
WEIGHTS = Weights(words=0.1, earlier=0.2, own=0.05)


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    `vector` was made by `model`; None: only words count. `scored` is what the cosines told are to,
    where that is another one. `earlier` is what was said before the customer's `text`: its words
    count, too, as far as the question is `leaning` on it, 0..1. Documents of the specialist
    `favour` are preferred; those of other specialists than `specialist`, or other categories, are
    left out.
    """

    text: str
    vector: Vector | None
    model: str
    scored: Vector | None = None
    earlier: str = ""
    leaning: float = 1.0
    favour: str | None = None
    specialist: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, before anybody judged it.

    `cosine` is -1..1, None without a query vector or where another model made the passage's.
    `covered` of `terms` words of the query occur.
    """

    id: UUID
    document_id: int
    title: str
    source: str
    specialist: str | None
    category: str | None
    heading: str
    content: str
    cosine: float | None
    covered: int
    terms: int


# A filter that the planner drops where nothing is filtered: values are known when it plans.
ALLOWED = """(%(specialist)s::text IS NULL AND %(category)s::text IS NULL OR EXISTS (
        SELECT FROM documents d WHERE d.tenant = p.tenant AND d.id = p.document_id
        AND coalesce(d.specialist = %(specialist)s, true)
        AND (%(category)s::text IS NULL OR d.category = %(category)s)))"""

# Ordered as an index can give rows, or on purpose not so.
NEAR = """
    SELECT p.id, p.embedding::vector({dimensions}) <=> %(vector)s::vector AS away FROM passages p
    WHERE p.tenant = %(tenant)s AND p.model = %(model)s
    AND vector_dims(p.embedding) = {dimensions} AND {allowed}
    ORDER BY (p.embedding::vector({dimensions}) <=> %(vector)s::vector){exactly}
    LIMIT %(nearest)s"""
EXACTLY = " + 0"
NONE_NEAR = "SELECT NULL::uuid AS id, 0 AS away WHERE false"

COMPARABLE = """p.model = %(model)s AND vector_dims(p.embedding) = %(dimensions)s"""

FEW = """
SELECT count(*) < %(fewest)s FROM (SELECT FROM documents d
    JOIN passages p ON p.tenant = d.tenant AND p.document_id = d.id WHERE d.tenant = %(tenant)s
    AND coalesce(d.specialist = %(specialist)s, true)
    AND (%(category)s::text IS NULL OR d.category = %(category)s) LIMIT %(fewest)s) AS a_few
"""

STATEMENT = """
WITH asked AS MATERIALIZED (
    SELECT tsvector_to_array(to_tsvector('english', %(text)s)) AS words,
        tsvector_to_array(to_tsvector('english', %(earlier)s)) AS earlier
), near AS MATERIALIZED ({near}
), worded AS MATERIALIZED (
    SELECT passages_by_words(asked.words, %(model)s, rare => there, most => CASE WHEN there
        THEN %(worded)s ELSE %(worded_alone)s END) AS id
    FROM asked, (SELECT EXISTS (SELECT FROM near) AS there) AS nearest
), candidate AS MATERIALIZED (
    SELECT p.id, p.position, p.words, d.source, d.specialist,
        CASE WHEN {comparable} THEN 1 - (p.embedding <=> %(vector)s::vector) END AS near,
        CASE WHEN {comparable} THEN 1 - (p.embedding <=> %(scored)s::vector) END AS cosine
    FROM (SELECT id FROM near UNION SELECT id FROM worded) AS c
    JOIN passages p ON p.tenant = %(tenant)s AND p.id = c.id
    JOIN documents d ON d.tenant = %(tenant)s AND d.id = p.document_id
    WHERE {allowed}
), held AS MATERIALIZED (
    SELECT c.id, w.word, w.word = ANY (asked.words) AS now, w.word = ANY (asked.earlier) AS earlier
    FROM asked, candidate c, unnest(tsvector_to_array(c.words)) AS w (word)
    WHERE w.word = ANY (asked.words || asked.earlier)
), term AS MATERIALIZED (
    SELECT t.word, t.word = ANY (asked.words) AS now, t.word = ANY (asked.earlier) AS earlier,
        ln(1 + (n.all_of_them - count(h.id) + 0.5) / (count(h.id) + 0.5))::float8 AS weight
    FROM asked, (SELECT count(*) AS all_of_them FROM candidate) AS n,
        (SELECT DISTINCT unnest(words || earlier) AS word FROM asked) AS t
        LEFT JOIN held h USING (word)
    GROUP BY t.word, n.all_of_them, asked.words, asked.earlier
), total AS (
    SELECT nullif(sum(weight) FILTER (WHERE now), 0) AS now,
        nullif(sum(weight) FILTER (WHERE earlier), 0) AS earlier FROM term
), share AS (
    SELECT h.id, sum(t.weight) FILTER (WHERE t.now) / max(total.now) AS now,
        sum(t.weight) FILTER (WHERE t.earlier) / max(total.earlier) AS earlier,
        count(*) FILTER (WHERE t.now)::int AS covered
    FROM held h JOIN term t USING (word) CROSS JOIN total GROUP BY h.id
), best AS MATERIALIZED (
    SELECT c.id, c.source, c.position, c.cosine, coalesce(s.covered, 0) AS covered,
        coalesce(c.near, 0) + %(words_weight)s * coalesce(s.now, 0)
        + %(earlier_weight)s * coalesce(s.earlier, 0)
        + CASE WHEN c.specialist = %(favour)s THEN %(own_weight)s ELSE 0 END AS fused
    FROM candidate c LEFT JOIN share s ON s.id = c.id
    WHERE c.cosine IS NOT NULL OR s.covered > 0
    ORDER BY fused DESC, source, position LIMIT %(limit)s
)
SELECT b.id, d.id AS document_id, d.title, d.source, d.specialist, d.category, p.heading, p.content,
    b.cosine, b.covered, cardinality(asked.words) AS terms
FROM best b CROSS JOIN asked
JOIN passages p ON p.tenant = %(tenant)s AND p.id = b.id
JOIN documents d ON d.tenant = %(tenant)s AND d.id = p.document_id
ORDER BY b.fused DESC, b.source, b.position
"""


async def search_passages(
    db: Connection, tenant: str, query: Query, *, limit: int = 5, weights: Weights = WEIGHTS
) -> list[Found]:
    """The tenant's passages that fit best, best first.

    Args:
        db: a connection of the tenant.
        tenant: whose passages.
        query: what is looked for; no syntax, any characters but NUL.
        limit: at most so many.
        weights: what counts beside nearness.
    """
    values = _values(tenant, query, max(CANDIDATES, limit)) | {
        "text": query.text,
        "earlier": query.earlier,
        "favour": query.favour,
        "limit": limit,
        "worded": WORDED,
        "worded_alone": WORDED_ALONE,
        "words_weight": weights.words,
        "earlier_weight": weights.earlier * query.leaning,
        "own_weight": weights.own,
    }
    near = NONE_NEAR if query.vector is None else await _near(db, query, values)
    async with db.cursor(row_factory=class_row(Found)) as cursor:
        # never prepared: one plan for all tenants could not use the index of one
        await cursor.execute(
            STATEMENT.format(near=near, allowed=ALLOWED, comparable=COMPARABLE),
            values,
            prepare=False,
        )
        return await cursor.fetchall()


async def nearest_passages(db: Connection, tenant: str, query: Query, *, limit: int) -> list[UUID]:
    """The first step alone: those nearest in meaning, without a look at their words.

    Raises:
        ValueError: the query has no vector.
    """
    return [row[0] for row in await _nearest(db, tenant, query, limit)]


async def nearest_cosines(db: Connection, tenant: str, query: Query, *, limit: int) -> list[float]:
    """How near the nearest passages are, -1..1, nearest first.

    Raises:
        ValueError: the query has no vector.
    """
    found = await _nearest(db, tenant, query, limit)  # by an index in nearly the right order
    return sorted((1 - away for _, away in found), reverse=True)


async def _nearest(
    db: Connection, tenant: str, query: Query, limit: int
) -> list[tuple[UUID, float]]:
    if query.vector is None:
        raise ValueError("nearness needs a vector")
    values = _values(tenant, query, limit)
    cursor = await db.execute(await _near(db, query, values), values, prepare=False)
    return await cursor.fetchall()


def _values(tenant: str, query: Query, nearest: int) -> dict[str, Any]:
    scored = query.vector if query.scored is None else query.scored
    return {
        "tenant": tenant,
        "vector": None if query.vector is None else to_sql(query.vector),
        "scored": None if scored is None else to_sql(scored),
        "model": query.model,
        "dimensions": 0 if query.vector is None else len(query.vector),
        "specialist": query.specialist,
        "category": query.category,
        "nearest": nearest,
        "fewest": INDEXED_FROM,
    }


async def _near(db: Connection, query: Query, values: dict[str, Any]) -> str:
    """How to find the nearest: exactly among few, past which an index would be walked."""
    exactly = ""
    if query.specialist or query.category:
        row = await (await db.execute(FEW, values)).fetchone()
        exactly = EXACTLY if row and row[0] else ""
    return NEAR.format(allowed=ALLOWED, exactly=exactly, dimensions=values["dimensions"])
