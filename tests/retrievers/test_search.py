"""Search over a small knowledge base, with an embedder whose texts are near if they share words."""

import pytest

from data.db import Database
from retrievers.earlier import CARRY, leans, moved
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload, ingest
from retrievers.search import MOST_RESULTS, calibrate, search, word_score

TENANT = "acme"
UPLOADS = (
    Upload(
        "returns", "Returns", "Send the parcel back within thirty days.", "text", "billing", "a"
    ),
    Upload(
        "opening", "Opening", "The shop opens at nine and closes at six.", "text", "general", "a"
    ),
    Upload(
        "lights", "Lights", "A red light means that error E-1042 was found.", "text", "tech", "b"
    ),
    Upload("about", "About us", "We sell lamps and repair them in our shop.", "text", None, None),
)


@pytest.fixture
async def shop(db: Database) -> Database:
    for upload in UPLOADS:
        await ingest(db, HashEmbedder(), TENANT, upload)
    await ingest(db, HashEmbedder(), "globex", Upload("secret", "Secret", "The parcel is ours."))
    return db


async def sources(db: Database, query: str, **chosen: object) -> list[str]:
    embedder = chosen.pop("embedder", HashEmbedder())
    found = await search(db, embedder, TENANT, query, **chosen)  # type: ignore[arg-type]
    return [passage.source for passage in found]


async def test_the_nearest_passage_comes_first_with_its_source(shop: Database) -> None:
    best = (await search(shop, HashEmbedder(), TENANT, "when does the shop open? opens at nine"))[0]
    assert (best.title, best.source, best.heading) == ("Opening", "opening", "Opening")
    assert best.content == "The shop opens at nine and closes at six."
    assert best.category == "a"
    assert 0.5 < best.score <= 1


async def test_a_tenant_sees_only_its_own_passages(shop: Database) -> None:
    assert "secret" not in await sources(shop, "the parcel is ours", limit=50)
    found = await search(shop, HashEmbedder(), "globex", "send the parcel back", limit=50)
    assert [passage.source for passage in found] == ["secret"]
    assert await search(shop, HashEmbedder(), "nobody", "the parcel") == []


async def test_a_specialist_sees_its_own_documents_and_those_of_nobody(shop: Database) -> None:
    assert sorted(await sources(shop, "the shop", specialist="tech")) == ["about", "lights"]


async def test_the_specialist_that_asks_has_its_own_documents_first_and_all_others_too(
    shop: Database,
) -> None:
    for name in ("billing", "tech"):
        twin = Upload(f"lamps-{name}", "Lamps", "Lamps come with a warranty.", "text", name)
        await ingest(shop, HashEmbedder(), TENANT, twin)
    for name in ("billing", "tech"):
        found = await sources(shop, "warranty of lamps", favour=name, limit=50)
        assert found[0] == f"lamps-{name}"
        assert len(found) == 6


async def test_what_the_agent_said_before_makes_a_follow_up_understood(shop: Database) -> None:
    told = "A red light means error E-1042, as you described it."
    assert (await sources(shop, "and what now"))[0] != "lights"
    assert (await sources(shop, "and what now", earlier=told))[0] == "lights"
    asleep = HashEmbedder(failure="not loaded")
    assert await sources(shop, "the parcel", earlier=told, embedder=asleep) == ["returns"]


async def test_what_was_said_before_does_not_drown_a_new_question(shop: Database) -> None:
    told = "A red light means that error E-1042 was found." * 3
    assert (await sources(shop, "send the parcel back", earlier=told))[0] == "returns"


async def test_a_score_is_the_calibrated_cosine_whatever_words_did_to_the_order(
    shop: Database,
) -> None:
    embedder, query, told = HashEmbedder(), "the shop there tomorrow morning", "at six"
    asked, said, *texts = await embedder.embed(
        [query, told, *(f"{u.title}\n{u.content!s}" for u in UPLOADS)]
    )
    leaning = leans(sorted((float(asked @ text) for text in texts), reverse=True))
    assert 0 < leaning < 1
    meant = moved(asked, said, CARRY.scored * leaning)
    found = await search(shop, embedder, TENANT, query, earlier=told, favour="general")
    for upload, text in zip(UPLOADS, texts, strict=True):
        [score] = [each.score for each in found if each.source == upload.source]
        assert score == pytest.approx(calibrate(float(meant @ text)), abs=1e-3)


async def test_a_category_sees_only_its_own_documents(shop: Database) -> None:
    assert sorted(await sources(shop, "the shop", category="a")) == ["opening", "returns"]
    assert await sources(shop, "the shop", category="none such") == []


async def test_without_a_model_shared_words_find_passages(shop: Database) -> None:
    asleep = HashEmbedder(failure="not loaded")
    found = await search(shop, asleep, TENANT, "what does error E-1042 mean")
    assert [passage.source for passage in found] == ["lights"]
    assert 0.6 <= found[0].score < 1
    assert await sources(shop, "nothing like it here", embedder=asleep) == []


async def test_a_model_that_fails_costs_nothing_but_nearness(shop: Database) -> None:
    class Failing(HashEmbedder):
        async def embed(self, texts: object) -> object:  # type: ignore[override]
            self.ready = False
            return await super().embed([])

    assert await sources(shop, "error E-1042", embedder=Failing()) == ["lights"]


async def test_passages_of_another_model_are_found_by_their_words(shop: Database) -> None:
    other = HashEmbedder()
    other.model = "other"
    assert (await sources(shop, "send the parcel back", embedder=other))[0] == "returns"


async def test_the_turns_own_vector_is_used(shop: Database) -> None:
    [vector] = await HashEmbedder().embed(["a red light means"])
    assert (await sources(shop, "xyzzy", vector=vector))[0] == "lights"


async def test_the_order_is_the_same_every_time(shop: Database) -> None:
    orders = [await sources(shop, "shop lamps light parcel") for _ in range(5)]
    for upload in reversed(UPLOADS):
        async with shop.transaction(TENANT) as tx:
            await tx.execute("DELETE FROM documents WHERE source = %s", [upload.source])
        await ingest(shop, HashEmbedder(), TENANT, upload)
    orders.append(await sources(shop, "shop lamps light parcel"))
    assert all(order == orders[0] for order in orders)
    assert len(orders[0]) == 4


@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE passages; --",
        "a & b | !c <-> (d:*",
        "\\ ' \" % %s {} $1 ::tsvector",
        "https://a.test/x?a=1&b=2 | & user@a.test -5.3e10",
        "\0 \ud800 \u200b 🛠️ 你好 عربى",
        "word " * 5000,
        "'" * 3000,
    ],
)
async def test_odd_characters_are_only_characters(shop: Database, query: str) -> None:
    for embedder in (HashEmbedder(), HashEmbedder(failure="not loaded")):
        found = await search(shop, embedder, TENANT, f"{query} parcel", limit=2)
        assert all(0 <= passage.score <= 1 for passage in found)
    assert len(await sources(shop, "parcel", limit=50)) == 4


@pytest.mark.parametrize("query", ["", "   ", "\0", "\n"])
async def test_a_blank_query_finds_nothing(shop: Database, query: str) -> None:
    assert await sources(shop, query) == []


async def test_an_empty_knowledge_base_finds_nothing(db: Database) -> None:
    assert await sources(db, "parcel") == []
    assert await sources(db, "parcel", embedder=HashEmbedder(failure="not loaded")) == []


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (3, 3), (0, 1), (-5, 1), (10_000, 4)])
async def test_the_limit_is_kept_within_bounds(shop: Database, asked: int, given: int) -> None:
    assert MOST_RESULTS >= 4
    assert len(await sources(shop, "shop lamps light parcel", limit=asked)) == given


def test_a_score_never_falls_when_the_cosine_rises() -> None:
    scores = [calibrate(step / 100) for step in range(-100, 101)]
    assert scores == sorted(scores)
    assert 0 <= scores[0] < 0.01
    assert 0.99 < scores[-1] <= 1
    assert calibrate(0.45) == pytest.approx(0.6, abs=0.01)


def test_one_shared_word_is_never_an_answer() -> None:
    assert max(word_score(1, terms) for terms in range(1, 20)) < 0.6 <= word_score(2, 2)
