"""A document on its way into the knowledge base: text, passages, vectors, rows."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from data.db import Database
from data.errors import Invalid
from data.knowledge import Document, NewDocument, NewPassage, find_document, put_document
from data.search import keep_search_index
from retrievers.chunk import HEADING_JOIN, Chunk, Format, chunk, readable
from retrievers.embed import Embedder
from retrievers.pdf_process import read_pdf

Form = Format | Literal["pdf"]
"""How a document comes; a PDF becomes Markdown on its way in."""

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""

RULES = 1  # raise it when documents are cut differently: they are ingested again
BATCH = 32  # passages embedded between two reports


@dataclass(frozen=True, slots=True)
class Upload:
    """A document as somebody brings it. `source` is its name: the same again replaces it."""

    source: str
    title: str
    content: str | bytes
    form: Form = "markdown"
    specialist: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """`changed` is False where the same document was there already and nothing was done."""

    document: Document
    changed: bool


def no_report(label: str, done: int, total: int) -> None:
    """Report progress to nobody."""


async def ingest(
    database: Database,
    embedder: Embedder,
    tenant: str,
    upload: Upload,
    report: Report = no_report,
) -> Ingested:
    """Put a document into the tenant's knowledge base, replacing the one of the same source.

    The old passages serve until the new ones are all there; whatever fails leaves them.

    Raises:
        Invalid: the content is empty, binary or no text; or a PDF that cannot be read.
        TooLarge: it is longer than `retrievers.chunk.MOST_CHARS`.
        Unavailable: there is no embedding model at the moment.
    """
    text = readable(await _text_of(upload))
    form: Format = "markdown" if upload.form == "pdf" else upload.form
    document = NewDocument(
        title=upload.title,
        source=upload.source,
        specialist=upload.specialist,
        category=upload.category,
        digest=digest_of(upload, text, embedder.model),
    )
    async with database.transaction(tenant) as db:
        if same := await find_document(db, tenant, upload.source, document.digest):
            report(upload.source, same.passages, same.passages)
            return Ingested(same, changed=False)
    chunks = await asyncio.to_thread(chunk, text, form)  # seconds for a whole book
    passages = await _embed(embedder, upload, chunks, report)
    async with database.transaction(tenant) as db:
        stored = await put_document(db, tenant, document, passages, embedder.model)
    async with database.ops_transaction() as ops:
        await keep_search_index(ops, tenant)
    return Ingested(stored, changed=True)


async def _text_of(upload: Upload) -> str | bytes:
    if upload.form != "pdf":
        return upload.content
    if isinstance(upload.content, str):
        raise Invalid("content", "a PDF is no text; upload it as a file of a form")
    return await read_pdf(upload.content)


def digest_of(upload: Upload, text: str, model: str) -> bytes:
    """Differs when anything does that the rows are made of."""
    parts = (
        str(RULES),
        model,
        upload.title,
        upload.form,
        upload.specialist or "",
        upload.category or "",
        text,
    )
    return hashlib.sha256("\0".join(parts).encode()).digest()


async def _embed(
    embedder: Embedder, upload: Upload, chunks: list[Chunk], report: Report
) -> list[NewPassage]:
    passages: list[NewPassage] = []
    for start in range(0, len(chunks), BATCH):
        report(upload.source, start, len(chunks))
        part = chunks[start : start + BATCH]
        headings = [heading_of(upload.title, c) for c in part]
        vectors = await embedder.embed(
            [f"{heading}\n{c.content}" for heading, c in zip(headings, part, strict=True)]
        )
        passages += map(NewPassage, headings, (c.content for c in part), vectors)
    report(upload.source, len(chunks), len(chunks))
    return passages


def heading_of(title: str, part: Chunk) -> str:
    """The path from the document's title down; a top heading that repeats the title is left out.

    >>> heading_of("Fees", Chunk(("Fees", "Late"), "Five dollars."))
    'Fees › Late'
    """
    headings = part.headings[1:] if part.headings[:1] == (title,) else part.headings
    return HEADING_JOIN.join(filter(None, (title, *headings)))
