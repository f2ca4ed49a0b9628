"""A crowd of tenants' passages: one large tenant and fifty small ones, made of the demo's articles.

A passage's vector is made of those of two real passages and some noise, so that there are as many
as wanted. A query is a real utterance moved towards a passage, as far as questions about three
collections of real articles are from their nearest passage (a cosine of 0.63 to 0.70).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import numpy as np
import numpy.typing as npt
import psycopg
from pgvector.psycopg import register_vector

from data.seed.knowledge import read_knowledge
from data.seed.load import SEED_FOLDERS
from data.vectors import Vector, Vectors
from retrievers.chunk import chunk
from retrievers.embed import DEFAULT_MODEL, open_embedder
from server.settings import read_settings

MODEL = DEFAULT_MODEL
LARGE = "large"
SMALL = tuple(f"small{number:02}" for number in range(50))
LARGE_SHARE = 0.8  # of all passages; the small tenants have the rest in equal parts
NOISE = 0.4  # its length beside a real vector's
ANSWERED = 0.7  # how far a query is moved, beside its own length
PER_DOCUMENT = 10


@dataclass(frozen=True, slots=True)
class Crowd:
    """`ids`, `tenants` and rows of `vectors` belong together; so do `texts` and `queries`."""

    ids: tuple[UUID, ...]
    tenants: npt.NDArray[np.str_]
    vectors: Vectors
    contents: tuple[str, ...]
    texts: tuple[str, ...]
    queries: Vectors

    def held_by(self, tenant: str) -> int:
        return int((self.tenants == tenant).sum())

    def nearest(self, tenant: str, query: Vector, depth: int) -> set[object]:
        """By comparing with every one of the tenant's."""
        own = np.flatnonzero(self.tenants == tenant)
        order = np.argsort(-(self.vectors[own] @ query), kind="stable")[:depth]
        return {self.ids[own[position]] for position in order}


@dataclass(frozen=True, slots=True)
class Real:
    contents: tuple[str, ...]
    vectors: Vectors
    texts: tuple[str, ...]
    queries: Vectors


def make_crowd(passages: int, queries: int, seed: int = 0) -> Crowd:
    """So many passages of all tenants together, the same every time."""
    rng, real = np.random.default_rng(seed), _real()
    pairs = rng.integers(0, len(real.vectors), (passages, 2))
    shares = rng.uniform(0.5, 1.0, (passages, 1)).astype(np.float32)
    noise = rng.standard_normal((passages, real.vectors.shape[1])).astype(np.float32)
    noise *= NOISE / np.sqrt(real.vectors.shape[1])
    made = shares * real.vectors[pairs[:, 0]] + (1 - shares) * real.vectors[pairs[:, 1]] + noise
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    chosen = rng.permutation(len(real.texts))[:queries]
    asked = real.queries[chosen] + ANSWERED * made[rng.integers(0, passages, len(chosen))]
    large = round(passages * LARGE_SHARE)
    owners = [LARGE] * large + [SMALL[n % len(SMALL)] for n in range(passages - large)]
    return Crowd(
        ids=tuple(UUID(bytes=rng.bytes(16)) for _ in range(passages)),
        tenants=rng.permutation(np.array(owners)),
        vectors=made,
        contents=tuple(real.contents[first] for first, _ in pairs),
        texts=tuple(real.texts[each] for each in chosen),
        queries=asked / np.linalg.norm(asked, axis=1, keepdims=True),
    )


@cache
def _real() -> Real:
    return asyncio.run(_embedded())


async def _embedded() -> Real:
    """The demo companies' articles and the utterances of their intents, by the real model."""
    files = [read_knowledge(folder) for folder in SEED_FOLDERS]
    articles = [article.content for each in files for article in each.articles]
    contents = tuple(c.content for text in articles for c in chunk(text, "markdown"))
    texts = tuple(e for each in files for intent in each.intents for e in intent.examples)[::7]
    settings = read_settings()
    embedder = open_embedder("local", MODEL, settings.data_dir)
    try:
        return Real(contents, await embedder.embed(contents), texts, await embedder.embed(texts))
    finally:
        embedder.close()


def load_crowd(url: str, crowd: Crowd) -> None:
    """Put them into the product's tables, and into one of everybody's with an index of its own."""
    with psycopg.connect(url) as db:
        register_vector(db)
        documents = _documents(crowd.tenants)
        with db.cursor().copy(
            "COPY documents (tenant, id, title, source, digest) FROM STDIN"
        ) as to:
            for tenant, document in sorted({*documents}):
                to.write_row((tenant, document, "Article", f"article-{document}", b""))
        with db.cursor().copy(
            "COPY passages (tenant, id, document_id, position, content, model, embedding)"
            " FROM STDIN WITH (FORMAT BINARY)"
        ) as to:
            to.set_types(["text", "uuid", "int8", "int4", "text", "text", "vector"])
            for position, (tenant, document) in enumerate(documents):
                row = (crowd.ids[position], document, position, crowd.contents[position], MODEL)
                to.write_row((tenant, *row, crowd.vectors[position]))
        db.execute("SET maintenance_work_mem = '512MB'")
        dimensions = crowd.vectors.shape[1]  # an index wants to know
        db.execute(
            f"CREATE TABLE everybody AS SELECT id, embedding::vector({dimensions}) AS embedding"
            " FROM passages"
        )
        db.execute("ALTER TABLE everybody ALTER embedding SET STORAGE PLAIN")
        db.execute(
            "CREATE INDEX ON everybody USING hnsw (embedding vector_cosine_ops)"
            " WITH (m = 24, ef_construction = 128)"  # as a tenant's own is
        )
        db.execute("GRANT SELECT ON everybody TO switchboard_app")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")


def _documents(tenants: Sequence[str] | npt.NDArray[np.str_]) -> list[tuple[str, int]]:
    """Tenant and document of each passage: a document for every few of a tenant's."""
    seen: dict[str, int] = {}
    found = []
    for tenant in map(str, tenants):
        seen[tenant] = seen.get(tenant, 0) + 1
        found.append((tenant, 1 + seen[tenant] // PER_DOCUMENT))
    return found
