"""Loading a tenant's knowledge, again and again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from data.curated import list_curated
from data.db import Database
from data.errors import Invalid
from data.intents import list_examples, list_intents
from data.knowledge import list_documents
from retrievers.encoder import Vectors
from retrievers.hash_embedder import HashEmbedder
from retrievers.seed import load_knowledge

TENANT = "acme"


class CountingEmbedder(HashEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
        self.texts += texts
        return await super().embed(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "intents.yaml").write_text(
        "- {name: bill, specialist: billing, account: true, keywords: [my bill],"
        " examples: [what do I owe, where is my bill]}\n"
        "- {name: noise, specialist: tech, examples: [it hums]}\n"
    )
    (tmp_path / "curated.yaml").write_text(
        "- {specialist: tech, name: hum, intents: [noise], response: Fine., confidence: 0.9}\n"
    )
    (tmp_path / "articles" / "tech").mkdir(parents=True)
    (tmp_path / "articles" / "tech" / "hum.md").write_text(
        "---\ntitle: Humming\nspecialist: tech\n---\n\nA hum is normal.\n"
    )
    return tmp_path


async def load(db: Database, folder: Path) -> tuple[list[str], list[tuple[str, int, int]]]:
    """What was embedded, and what was reported."""
    embedder = CountingEmbedder()
    reports: list[tuple[str, int, int]] = []
    await load_knowledge(db, embedder, TENANT, folder, lambda *report: reports.append(report))
    return embedder.texts, reports


async def test_everything_is_loaded_and_reported(db: Database, folder: Path) -> None:
    texts, reports = await load(db, folder)
    async with db.transaction(TENANT) as tx:
        assert [i.name for i in await list_intents(tx, TENANT)] == ["bill", "noise"]
        assert len(await list_examples(tx, TENANT)) == 3
        assert [a.name for a in await list_curated(tx, TENANT)] == ["hum"]
        [document] = await list_documents(tx, TENANT)
    assert (document.source, document.specialist, document.passages) == (
        "articles/tech/hum",
        "tech",
        1,
    )
    assert len(texts) == 4
    assert reports == [
        ("curated answers", 1, 1),
        ("intent examples", 0, 3),
        ("intent examples", 3, 3),
        ("articles", 0, 1),
        ("articles", 1, 1),
    ]


async def test_the_same_files_again_are_no_work(db: Database, folder: Path) -> None:
    await load(db, folder)
    texts, reports = await load(db, folder)
    assert texts == []
    assert reports[-1] == ("articles", 1, 1)


async def test_only_what_changed_is_embedded_again(db: Database, folder: Path) -> None:
    await load(db, folder)
    intents = folder / "intents.yaml"
    intents.write_text(intents.read_text().replace("[it hums]", "[it hums, it ticks]"))
    (folder / "articles" / "new.md").write_text("---\ntitle: New\n---\nNews.")
    texts, _ = await load(db, folder)
    assert texts == ["it ticks", "New\nNews."]


async def test_what_is_not_in_the_files_stays(db: Database, folder: Path) -> None:
    await load(db, folder)
    (folder / "articles" / "tech" / "hum.md").unlink()
    await load(db, folder)
    async with db.transaction(TENANT) as tx:
        assert len(await list_documents(tx, TENANT)) == 1


async def test_a_wrong_file_leaves_everything_unwritten(db: Database, folder: Path) -> None:
    (folder / "articles" / "tech" / "hum.md").write_text("no head")
    with pytest.raises(Invalid, match=r"tech/hum\.md: must begin with title"):
        await load(db, folder)
    async with db.transaction(TENANT) as tx:
        assert await list_intents(tx, TENANT) == []
