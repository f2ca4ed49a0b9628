"""Search in the knowledge base: nearness of meaning and shared words, in one statement.

Every passage of the tenant is compared exactly. An approximate index with a tenant filter loses
a small tenant's rows; the comparison costs about a microsecond a passage.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from data.db import Connection
from data.vectors import Vector, to_sql

# Fused order is a weighted sum of reciprocal ranks, 1 / (RANK_OFFSET + rank). Meaning dominates:
# on four of six public question sets equal weights were worse than meaning alone, since a long
# question shares its common words with everything. Shared words still decide between passages
# that are about as near, and bring up names and codes that an embedding blurs.
RANK_OFFSET = 60
MEANING_WEIGHT = 1.0
WORDS_WEIGHT = 0.3
CANDIDATES = 50  # of each ranking; a passage outside both cannot be found


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, before anybody judged it.

    `cosine` is -1..1, None without a query vector or where another model made the passage's.
    `rank` is what `ts_rank_cd` gives, from 0 up. `covered` of `terms` words of the query occur.
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
    rank: float
    covered: int
    terms: int


# The words of the query are joined by OR: hardly any passage has all words of a whole sentence.
STATEMENT = """
WITH asked AS MATERIALIZED (
    SELECT replace(plainto_tsquery('english', %(query)s)::text, ' & ', ' | ')::tsquery AS terms,
        tsvector_to_array(to_tsvector('english', %(query)s)) AS lexemes
), scored AS MATERIALIZED (
    SELECT p.id, p.document_id, p.position, d.source,
        CASE WHEN p.model = %(model)s THEN 1 - (p.embedding <=> %(vector)s::vector) END AS cosine,
        CASE WHEN p.words @@ asked.terms THEN ts_rank_cd(p.words, asked.terms, 1) ELSE 0 END AS rank
    FROM passages p CROSS JOIN asked
    JOIN documents d ON d.tenant = p.tenant AND d.id = p.document_id
    WHERE p.tenant = %(tenant)s
        AND (%(specialist)s::text IS NULL OR d.specialist IS NULL OR d.specialist = %(specialist)s)
        AND (%(category)s::text IS NULL OR d.category = %(category)s)
), ranked AS (
    SELECT *, row_number() OVER (ORDER BY cosine DESC NULLS LAST, source, position) AS by_meaning,
        row_number() OVER (ORDER BY rank DESC, source, position) AS by_words
    FROM scored
), fused AS (
    SELECT id, document_id, position, source, cosine, rank,
        CASE WHEN cosine IS NOT NULL AND by_meaning <= %(candidates)s
            THEN %(meaning_weight)s / (%(offset)s + by_meaning) ELSE 0 END
        + CASE WHEN rank > 0 AND by_words <= %(candidates)s
            THEN %(words_weight)s / (%(offset)s + by_words) ELSE 0 END AS score
    FROM ranked
), best AS (
    SELECT * FROM fused WHERE score > 0 ORDER BY score DESC, source, position LIMIT %(limit)s
)
SELECT b.id, b.document_id, d.title, d.source, d.specialist, d.category, p.heading, p.content,
    b.cosine, b.rank::float8 AS rank, cardinality(asked.lexemes) AS terms,
    (SELECT count(*)::int FROM unnest(asked.lexemes) AS term(lexeme)
        WHERE term.lexeme = ANY (tsvector_to_array(p.words))) AS covered
FROM best b CROSS JOIN asked
JOIN passages p ON p.tenant = %(tenant)s AND p.id = b.id
JOIN documents d ON d.tenant = %(tenant)s AND d.id = b.document_id
ORDER BY b.score DESC, b.source, b.position
"""


async def search_passages(
    db: Connection,
    tenant: str,
    query: str,
    *,
    vector: Vector | None,
    model: str,
    specialist: str | None = None,
    category: str | None = None,
    limit: int = 5,
) -> list[Found]:
    """The tenant's passages that fit best, best first; the same order every time.

    Args:
        db: a transaction of the tenant.
        tenant: whose passages.
        query: a customer's words; no syntax, any characters.
        vector: its embedding; None: only words count.
        model: what made the vector. Passages of another model are found by their words only.
        specialist: its documents and those of nobody in particular; None: all.
        category: only documents of this one; None: all.
        limit: at most so many.
    """
    async with db.cursor(row_factory=class_row(Found)) as cursor:
        await cursor.execute(
            STATEMENT,
            {
                "tenant": tenant,
                "query": query,
                "vector": None if vector is None else to_sql(vector),
                "model": model,
                "specialist": specialist,
                "category": category,
                "limit": limit,
                "candidates": CANDIDATES,
                "offset": RANK_OFFSET,
                "meaning_weight": MEANING_WEIGHT,
                "words_weight": WORDS_WEIGHT,
            },
        )
        return await cursor.fetchall()
