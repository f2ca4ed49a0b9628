"""PDFs on their way into the knowledge base: read, or refused with what to do."""

import asyncio
from dataclasses import replace

import pytest

from data.db import Database
from data.errors import Invalid, SwitchboardError, TooLarge
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload, ingest
from retrievers.pdf_process import read_pdf
from retrievers.pdf_text import markdown_of
from tests.retrievers import pdfs

TENANT = "acme"
MANUAL = Upload("manual", "Manual", pdfs.manual(), form="pdf")


def test_headings_paragraphs_and_lists_are_kept_and_running_heads_are_not() -> None:
    text = markdown_of(pdfs.manual())
    parts = text.split("\n\n")
    assert [p for p in parts if p.startswith("#")] == [
        f"{level} {name}"
        for number in range(3)
        for level, name in (("#", f"Chapter {number}"), ("##", "Reset"), ("##", "Fees"))
    ]
    assert (pdfs.RESET * 4).strip() in parts
    assert "- Keep the plug in.\n- Wait for the light." in parts
    assert "Northwave manual" not in text
    assert "Page 1" not in text
    assert "It costs 2 dollars." in parts


def test_a_document_locked_for_changes_only_is_read() -> None:
    assert "## Reset" in markdown_of(pdfs.locked(""))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (pdfs.drawing(), "run text recognition"),
        (pdfs.blank(0), "has no text"),
        (pdfs.locked("secret"), "locked by a password"),
        (b"", "no PDF"),
        (b"%PDF-1.7\n%%EOF", "no PDF"),
        (b"Hello, I am a letter.", "no PDF"),
        (pdfs.manual()[:2000], "no PDF"),
        (pdfs.circle(), "no PDF"),
    ],
    ids=["drawing", "no pages", "locked", "empty", "hollow", "letter", "half", "circle"],
)
def test_what_cannot_be_read_says_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        markdown_of(content)


async def test_ten_thousand_pages_are_refused_before_they_are_read() -> None:
    with pytest.raises(TooLarge, match=r"10,000 pages, more than 1,000; upload it in parts"):
        await read_pdf(pdfs.blank(10_000))


async def test_a_bomb_ends_with_the_process_that_reads_it() -> None:
    content = pdfs.bomb(600)
    assert len(content) < 2_000_000
    with pytest.raises(Invalid):
        await read_pdf(content)


async def test_several_at_once_are_all_read() -> None:
    texts = await asyncio.gather(*(read_pdf(pdfs.manual(n)) for n in (1, 2, 3, 4)))
    assert [text.count("# Chapter") for text in texts] == [1, 2, 3, 4]


async def test_a_pdf_becomes_passages_under_its_headings(db: Database) -> None:
    done = await ingest(db, HashEmbedder(), TENANT, MANUAL)
    assert done.changed
    async with db.transaction(TENANT) as tx:
        rows = await (await tx.execute("SELECT heading, content FROM passages")).fetchall()
    assert any(heading == "Manual › Chapter 1 › Reset" for heading, _ in rows)
    assert not (await ingest(db, HashEmbedder(), TENANT, MANUAL)).changed


async def test_a_bad_one_leaves_what_was_there(db: Database) -> None:
    done = await ingest(db, HashEmbedder(), TENANT, MANUAL)
    for content in (pdfs.drawing(), pdfs.blank(1_001), "%PDF as text"):
        with pytest.raises(SwitchboardError):
            await ingest(db, HashEmbedder(), TENANT, replace(MANUAL, content=content))
    async with db.transaction(TENANT) as tx:
        kept = (await tx.execute("SELECT FROM passages")).rowcount
    assert kept == done.document.passages
