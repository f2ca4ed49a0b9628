"""The passages as LangChain's `PGVectorStore`, for chains and agents of one's own.

The product's own search is `retrievers/search.py`: this one knows nearness only, and opens a pool
of its own.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_postgres import PGEngine, PGVectorStore
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.ext.asyncio import create_async_engine

from data.db import APP_ROLE, TENANT_ID, as_role
from data.knowledge import Document
from retrievers.chunk import Chunk
from retrievers.embed import Embedder
from retrievers.ingest import heading_of

TABLE = "passages"
METADATA = ["tenant", "document_id", "position", "heading", "model"]


class OwnEmbeddings(Embeddings):
    """Our embedder as LangChain's. Asynchronous only, as all of Switchboard is."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError("use aembed_documents: the embedder belongs to an event loop")

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError("use aembed_query: the embedder belongs to an event loop")

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return [row.tolist() for row in await self._embedder.embed(texts)]

    async def aembed_query(self, text: str) -> list[float]:
        return (await self.aembed_documents([text]))[0]


@asynccontextmanager
async def open_store(url: str, tenant: str, embedder: Embedder) -> AsyncIterator[PGVectorStore]:
    """A tenant's passages; row-level security keeps every other tenant's out of reach.

    What is found carries `document_id`, `heading` and the rest in its metadata; what is added has
    to: see `as_langchain`. While the passages are there for two models (`switchboard reindex`), ask
    with `filter={"model": embedder.model}`.

    Raises:
        ValueError: `tenant` is no tenant id.
    """
    if not TENANT_ID.fullmatch(tenant):
        raise ValueError(f"not a tenant id: {tenant!r}")
    entering = as_role(url, APP_ROLE)
    options = f"{conninfo_to_dict(entering).get('options') or ''} -c app.tenant={tenant}"
    info = make_conninfo(entering, options=options.strip())

    async def connect() -> AsyncConnection:
        return await AsyncConnection.connect(info)

    engine = create_async_engine("postgresql+psycopg://", async_creator=connect)
    try:
        yield await PGVectorStore.create(
            engine=PGEngine.from_engine(engine),
            embedding_service=OwnEmbeddings(embedder),
            table_name=TABLE,
            id_column="id",
            content_column="content",
            embedding_column="embedding",
            metadata_columns=METADATA,
            metadata_json_column=None,
        )
    finally:
        await engine.dispose()


def as_langchain(
    tenant: str, document: Document, chunks: Sequence[Chunk], model: str
) -> list[LangChainDocument]:
    """Chunks as what `aadd_documents` stores as the passages of a document that there is.

    They come after those that it has.
    """
    return [
        LangChainDocument(
            page_content=chunk.content,
            metadata={
                "tenant": tenant,
                "document_id": document.id,
                "position": position,
                "heading": heading_of(document.title, chunk),
                "model": model,
            },
        )
        for position, chunk in enumerate(chunks, start=document.passages)
    ]
