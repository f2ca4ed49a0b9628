"""Search in SQL, of a tenant of many passages beside one of few: what is found, by which index."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import psycopg
import pytest
from pgvector.psycopg import register_vector

from data.db import APP_ROLE, OPS_ROLE, Database, as_role, open_database
from data.search import (
    ALLOWED,
    INDEXED_FROM,
    NEAR,
    Query,
    nearest_passages,
    search_passages,
)
from data.search_index import keep_search_index
from data.vectors import Vector, to_sql
from tests.acme import ACME, GLOBEX
from tests.conftest import TEMPLATE, copy_of

MODEL = "m"
MANY, FEW = 4_200, 40
RNG = np.random.default_rng(3)
CENTRES = RNG.standard_normal((60, 384)).astype(np.float32)


def near_a_centre(count: int) -> Any:
    rows = CENTRES[RNG.integers(0, 60, count)] + 0.8 * RNG.standard_normal((count, 384))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


VECTORS = {ACME: near_a_centre(MANY), GLOBEX: near_a_centre(FEW)}
COPY = """COPY passages (tenant, document_id, position, heading, content, model, embedding)
    FROM STDIN WITH (FORMAT BINARY)"""


@pytest.fixture(scope="module")
async def url(postgres: str) -> AsyncIterator[str]:
    """acme with an index for its many passages, globex with few; every hundredth has a code."""
    with copy_of(postgres, TEMPLATE) as url:
        with psycopg.connect(url) as db:
            register_vector(db)
            for tenant, vectors in VECTORS.items():
                for document in (1, 2):
                    db.execute(
                        "INSERT INTO documents (tenant, id, title, source, category, digest)"
                        " VALUES (%s, %s, 'T', %s, %s, '')",
                        (tenant, document, f"d{document}", "odd" if document == 2 else None),
                    )
                with db.cursor().copy(COPY) as rows:
                    rows.set_types(["text", "int8", "int4", "text", "text", "text", "vector"])
                    for number, vector in enumerate(vectors):
                        text = f"code E-{number}" if number % 100 == 0 else "a lamp in the shop"
                        document = 2 if number % 100 == 7 else 1
                        rows.write_row((tenant, document, number, "", text, MODEL, vector))
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("ANALYZE passages")
        yield url


@pytest.fixture(scope="module")
async def shop(url: str) -> AsyncIterator[Database]:
    async with open_database(url, minimum=1, maximum=2) as database:
        assert [await keep_search_index(database, each) for each in VECTORS] == [True, False]
        yield database


def question(vector: Vector, text: str = "", **more: Any) -> Query:
    return Query(text, vector, MODEL, **more)


async def positions(db: Database, tenant: str, query: Query, limit: int) -> list[int]:
    async with db.reading(tenant) as tx:
        ids = await nearest_passages(tx, tenant, query, limit=limit)
        cursor = await tx.execute("SELECT id, position FROM passages WHERE id = ANY (%s)", [ids])
        where = dict(await cursor.fetchall())
    return [where[each] for each in ids]


async def plan_of_nearest(db: Database, tenant: str) -> str:
    near = NEAR.format(allowed=ALLOWED, exactly="", dimensions=384)
    values = {
        "tenant": tenant,
        "model": MODEL,
        "vector": to_sql(VECTORS[tenant][0]),
        "specialist": None,
        "category": None,
        "nearest": 50,
    }
    async with db.reading(tenant) as tx:
        cursor = await tx.execute(f"EXPLAIN {near}", values, prepare=False)
        return "\n".join(row[0] for row in await cursor.fetchall())


async def test_many_passages_are_searched_by_an_index_of_the_tenants_own(shop: Database) -> None:
    assert MANY >= INDEXED_FROM > FEW
    assert "Index Scan using passages_near_" in await plan_of_nearest(shop, ACME)


async def test_few_passages_are_compared_one_by_one(shop: Database) -> None:
    assert "passages_near_" not in await plan_of_nearest(shop, GLOBEX)


@pytest.mark.parametrize(("tenant", "least"), [(ACME, 0.95), (GLOBEX, 1.0)])
async def test_hardly_one_of_the_ten_nearest_is_missed(
    shop: Database, tenant: str, least: float
) -> None:
    kept = 0
    for vector in near_a_centre(20):
        exact = np.argsort(-(VECTORS[tenant] @ vector), kind="stable")[:10]
        found = await positions(shop, tenant, question(vector), 50)
        kept += len({*exact.tolist()} & {*found[:10]})
    assert kept / 200 >= least


async def test_a_narrow_filter_is_answered_exactly_and_misses_nothing(shop: Database) -> None:
    vector = near_a_centre(1)[0]
    odd = [n for n in range(MANY) if n % 100 == 7]
    exact = sorted(odd, key=lambda n: -float(VECTORS[ACME][n] @ vector))
    found = await positions(shop, ACME, question(vector, category="odd"), 50)
    assert found == exact


async def test_a_code_is_found_by_its_letters_where_its_meaning_is_far(
    shop: Database, url: str
) -> None:
    scans = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'passages_words'"
    code = VECTORS[ACME][1200]
    elsewhere = RNG.standard_normal(384).astype(np.float32)
    elsewhere -= (elsewhere @ code) * code
    asked = elsewhere / np.linalg.norm(elsewhere) + 0.08 * code
    assert 1200 not in await positions(shop, ACME, question(asked), 50)
    with psycopg.connect(url, autocommit=True) as admin:
        before = admin.execute(scans).fetchone()
        async with shop.reading(ACME) as db:
            found = await search_passages(db, ACME, question(asked, "what is e-1200"), limit=50)
            await db.execute("SELECT pg_stat_force_next_flush()")
            await db.execute("SELECT 1")
        after = admin.execute(scans).fetchone()
    assert "code E-1200" in [each.content for each in found]
    assert before
    assert after
    assert after[0] > before[0]


async def test_words_that_most_passages_hold_bring_none_in(shop: Database) -> None:
    async with shop.reading(ACME) as db:
        rare = "SELECT count(*) FROM passages_by_words(%s, 'm', %s, 50)"
        assert await (await db.execute(rare, (["lamp", "shop"], True))).fetchone() == (0,)
        assert await (await db.execute(rare, (["lamp", "shop"], False))).fetchone() == (50,)


async def test_words_find_only_the_sessions_own_passages(url: str) -> None:
    find = "SELECT p FROM passages_by_words(ARRAY['lamp'], 'm', false, 9999) AS p"
    with psycopg.connect(as_role(url, APP_ROLE), autocommit=True) as db:
        assert db.execute(find).fetchall() == []
        counted = {}
        for tenant in (GLOBEX, ACME, "nobody"):
            db.execute("SELECT set_config('app.tenant', %s, false)", [tenant])
            found = [row[0] for row in db.execute(find).fetchall()]
            seen = db.execute(
                "SELECT count(*) FROM passages WHERE id = ANY (%s)", [found]
            ).fetchone()
            counted[tenant] = (len(found), seen)
    assert counted == {GLOBEX: (39, (39,)), ACME: (4158, (4158,)), "nobody": (0, (0,))}


def test_the_ops_role_finds_nobodys_passages_by_words(url: str) -> None:
    with (
        psycopg.connect(as_role(url, OPS_ROLE)) as db,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        db.execute("SELECT public.passages_by_words(ARRAY['lamp'], 'm', false, 1)")


@pytest.mark.parametrize("word", ["'", "\\", "a'b\\c", "&", "!|()", "😀", ":*", "%s"])
async def test_whatever_a_word_is_made_of_it_is_only_a_word(shop: Database, word: str) -> None:
    async with shop.reading(GLOBEX) as db:
        cursor = await db.execute(
            "SELECT count(*) FROM passages_by_words(%s, 'm', false, 50)", [[word, "lamp"]]
        )
        assert await cursor.fetchone() == (39,)


async def test_nearness_without_a_vector_is_refused(shop: Database) -> None:
    async with shop.reading(ACME) as db:
        with pytest.raises(ValueError, match="needs a vector"):
            await nearest_passages(db, ACME, Query("x", None, MODEL), limit=1)
