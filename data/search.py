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

# From here on a tenant's passages get an index (see `benchmarks/retrieval.py`): below, comparing
# with every one of them takes less than 10 ms and misses none.
INDEXED_FROM = 10_000

# Order is by cosine + weight * share of words, a word counting the more the fewer of the candidates
# have it. Chosen on one half of the questions about three collections and confirmed on the other
# (`python -m evals.retrieval`): never worse than meaning alone beyond noise, and the right article
# is first more often. Full text's own ranks, fused in whatever way, did worse than meaning alone.
WORDS_WEIGHT = 0.1
EARLIER_WORDS_WEIGHT = 0.1
# For a specialist's own documents. A question that came to the wrong specialist still finds its
# article: hiding the others' loses all of those to gain one in forty of the rest.
OWN_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    `vector` was made by `model`; None: only words count. `earlier` is what was said before the
    customer's `text`: its words count, too. Documents of the specialist `favour` are preferred;
    those of other specialists than `specialist`, or other categories, are left out.
    """

    text: str
    vector: Vector | None
    model: str
    earlier: str = ""
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
    SELECT p.id FROM passages p
    WHERE p.tenant = %(tenant)s AND p.model = %(model)s AND {allowed}
    ORDER BY (p.embedding <=> %(vector)s::vector){exactly} LIMIT %(nearest)s"""
EXACTLY = " + 0"
NONE_NEAR = "SELECT NULL::uuid AS id WHERE false"

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
    SELECT passages_by_words(asked.words, rare => there, most => CASE WHEN there
        THEN %(worded)s ELSE %(worded_alone)s END) AS id
    FROM asked, (SELECT EXISTS (SELECT FROM near) AS there) AS nearest
), candidate AS MATERIALIZED (
    SELECT p.id, p.position, p.words, d.source, d.specialist,
        CASE WHEN p.model = %(model)s THEN 1 - (p.embedding <=> %(vector)s::vector) END AS cosine
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
        coalesce(c.cosine, 0) + %(words_weight)s * coalesce(s.now, 0)
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
    db: Connection, tenant: str, query: Query, *, limit: int = 5
) -> list[Found]:
    """The tenant's passages that fit best, best first.

    Args:
        db: a connection of the tenant.
        tenant: whose passages.
        query: what is looked for; no syntax, any characters but NUL.
        limit: at most so many.
    """
    values = {
        "tenant": tenant,
        "text": query.text,
        "earlier": query.earlier,
        "vector": None if query.vector is None else to_sql(query.vector),
        "model": query.model,
        "favour": query.favour,
        "specialist": query.specialist,
        "category": query.category,
        "limit": limit,
        "nearest": max(CANDIDATES, limit),
        "worded": WORDED,
        "worded_alone": WORDED_ALONE,
        "words_weight": WORDS_WEIGHT,
        "earlier_weight": EARLIER_WORDS_WEIGHT,
        "own_weight": OWN_WEIGHT,
        "fewest": INDEXED_FROM,
    }
    near = NONE_NEAR if query.vector is None else await _near(db, query, values)
    async with db.cursor(row_factory=class_row(Found)) as cursor:
        statement = STATEMENT.format(near=near, allowed=ALLOWED)
        # never prepared: one plan for all tenants could not use the index of one
        await cursor.execute(statement, values, prepare=False)
        return await cursor.fetchall()


async def _near(db: Connection, query: Query, values: dict[str, Any]) -> str:
    """How to find the nearest: exactly among few, since an index would be walked past nearly all."""
    exactly = ""
    if query.specialist or query.category:
        row = await (await db.execute(FEW, values)).fetchone()
        exactly = EXACTLY if row and row[0] else ""
    return NEAR.format(allowed=ALLOWED, exactly=exactly)


async def keep_search_index(ops: Connection, tenant: str, fewest: int = INDEXED_FROM) -> bool:
    """Build the tenant's index once it has `fewest` passages, or drop it below half of that.

    While it is built, nobody's documents can be written; searches go on.

    Returns:
        Whether there is one.
    """
    cursor = await ops.execute("SELECT ops.keep_search_index(%s, %s)", (tenant, fewest))
    row = await cursor.fetchone()
    return bool(row and row[0])
