"""A document on its way into the knowledge base: text, passages, vectors, rows."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from data.db import Connection, Database
from data.errors import Invalid
from data.knowledge import Document, NewDocument, NewPassage, find_same, put_document
from data.search_index import keep_search_index
from retrievers.chunk import HEADING_JOIN, Chunk, Format, chunk, readable
from retrievers.embed import Embedder
from retrievers.pdf_process import read_pdf

Form = Format | Literal["pdf"]
"""How a document comes; a PDF becomes Markdown on its way in."""

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""

RULES = 2  # raise it when documents are cut differently: they are ingested again
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


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that has been read, but not by the model."""

    document: NewDocument
    text: str
    form: Format


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document with its passages, as they are to be stored."""

    document: NewDocument
    passages: list[NewPassage]
    model: str


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
    draft = await read(upload)
    async with database.transaction(tenant) as db:
        if same := await unchanged(db, tenant, draft, embedder):
            report(upload.source, same.passages, same.passages)
            return Ingested(same, changed=False)
    prepared = await prepare(embedder, draft, report)
    async with database.transaction(tenant) as db:
        stored = await store(db, tenant, prepared)
    await keep_search_index(database, tenant)
    return Ingested(stored, changed=True)


async def read(upload: Upload) -> Draft:
    """What can be known of a document before the model has read it.

    Raises:
        Invalid, TooLarge: as `ingest`.
    """
    text = readable(await _text_of(upload))
    document = NewDocument(
        title=upload.title,
        source=upload.source,
        specialist=upload.specialist,
        category=upload.category,
        digest=digest_of(upload, text),
    )
    return Draft(document, text, "markdown" if upload.form == "pdf" else upload.form)


async def unchanged(
    db: Connection, tenant: str, draft: Draft, embedder: Embedder
) -> Document | None:
    """The document that is there already, if it says the same and this model has read it."""
    new = draft.document
    return await find_same(db, tenant, new.source, new.digest, embedder.model)


async def prepare(embedder: Embedder, draft: Draft, report: Report = no_report) -> Prepared:
    """Cut and embed a document. It waits for the model: never inside a transaction.

    Raises:
        Invalid, TooLarge, Unavailable: as `ingest`.
    """
    # in a thread: seconds for a whole book
    chunks = await asyncio.to_thread(chunk, draft.text, draft.form)
    passages = await _embed(embedder, draft.document, chunks, report)
    return Prepared(draft.document, passages, embedder.model)


async def store(db: Connection, tenant: str, prepared: Prepared) -> Document:
    """Put it in its place in the caller's transaction; `keep_search_index` comes after that."""
    return await put_document(db, tenant, prepared.document, prepared.passages, prepared.model)


async def _text_of(upload: Upload) -> str | bytes:
    if upload.form != "pdf":
        return upload.content
    if isinstance(upload.content, str):
        raise Invalid("content", "a PDF is no text; upload it as a file of a form")
    return await read_pdf(upload.content)


def digest_of(upload: Upload, text: str) -> bytes:
    """Differs when anything does that the rows are made of, but for the model."""
    parts = (
        str(RULES),
        upload.title,
        upload.form,
        upload.specialist or "",
        upload.category or "",
        text,
    )
    return hashlib.sha256("\0".join(parts).encode()).digest()


async def _embed(
    embedder: Embedder, document: NewDocument, chunks: list[Chunk], report: Report
) -> list[NewPassage]:
    passages: list[NewPassage] = []
    for start in range(0, len(chunks), BATCH):
        report(document.source, start, len(chunks))
        part = chunks[start : start + BATCH]
        headings = [heading_of(document.title, c) for c in part]
        vectors = await embedder.embed(
            [f"{heading}\n{c.content}" for heading, c in zip(headings, part, strict=True)],
            patient=True,
        )
        passages += map(NewPassage, headings, (c.content for c in part), vectors)
    report(document.source, len(chunks), len(chunks))
    return passages


def heading_of(title: str, part: Chunk) -> str:
    """The path from the document's title down; a top heading that repeats the title is left out.

    >>> heading_of("Fees", Chunk(("Fees", "Late"), "Five dollars."))
    'Fees › Late'
    """
    headings = part.headings[1:] if part.headings[:1] == (title,) else part.headings
    return HEADING_JOIN.join(filter(None, (title, *headings)))
