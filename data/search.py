"""Search in the knowledge base: nearness of meaning and shared words, in one statement.

Every passage of the tenant is compared exactly. An approximate index with a tenant filter loses
a small tenant's rows; the comparison takes about 4 ms for 1,000 passages, most of it their words.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from data.db import Connection
from data.vectors import Vector, to_sql

# Order is by cosine + WORDS_WEIGHT * rank, so meaning dominates: shared words decide between
# passages that are about as near, and bring up names and codes that an embedding blurs. On
# questions about three collections of articles 0.1 was never worse than meaning alone by more
# than one question in a hundred; fusing the two rankings by reciprocal rank was, at any weight,
# since a whole sentence shares its common words with everything.
WORDS_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, before anybody judged it.

    `cosine` is -1..1, None without a query vector or where another model made the passage's.
    `rank` is 0..1, how densely its words occur. `covered` of `terms` words of the query occur.
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
# `ts_rank_cd` with 32 gives rank / (rank + 1).
STATEMENT = """
WITH asked AS MATERIALIZED (
    SELECT replace(plainto_tsquery('english', %(query)s)::text, ' & ', ' | ')::tsquery AS terms,
        tsvector_to_array(to_tsvector('english', %(query)s)) AS lexemes
), scored AS MATERIALIZED (
    SELECT p.id, p.position, d.source,
        CASE WHEN p.model = %(model)s THEN 1 - (p.embedding <=> %(vector)s::vector) END AS cosine,
        CASE WHEN p.words @@ asked.terms
            THEN ts_rank_cd(p.words, asked.terms, 32) ELSE 0 END AS rank
    FROM passages p CROSS JOIN asked
    JOIN documents d ON d.tenant = p.tenant AND d.id = p.document_id
    WHERE p.tenant = %(tenant)s
        AND (%(specialist)s::text IS NULL OR d.specialist IS NULL OR d.specialist = %(specialist)s)
        AND (%(category)s::text IS NULL OR d.category = %(category)s)
), best AS (
    SELECT *, coalesce(cosine, 0) + %(words_weight)s * rank AS fused FROM scored
    WHERE cosine IS NOT NULL OR rank > 0
    ORDER BY fused DESC, source, position LIMIT %(limit)s
)
SELECT b.id, d.id AS document_id, d.title, d.source, d.specialist, d.category, p.heading, p.content,
    b.cosine, b.rank::float8 AS rank, cardinality(asked.lexemes) AS terms,
    (SELECT count(*)::int FROM unnest(asked.lexemes) AS term(lexeme)
        WHERE term.lexeme = ANY (tsvector_to_array(p.words))) AS covered
FROM best b CROSS JOIN asked
JOIN passages p ON p.tenant = %(tenant)s AND p.id = b.id
JOIN documents d ON d.tenant = %(tenant)s AND d.id = p.document_id
ORDER BY b.fused DESC, b.source, b.position
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
                "words_weight": WORDS_WEIGHT,
            },
        )
        return await cursor.fetchall()
