"""Documents on their way into a tenant's knowledge base, and out of it."""

import hashlib
from typing import Any

from data import knowledge, writes
from data.db import Connection, Database
from data.errors import NotFound
from data.records import plain
from data.scope import Scope
from retrievers.embed import Embedder
from retrievers.ingest import Upload, ingest
from tools.operation import Change, Effect, check, operation
from tools.request import write_of


@operation(Effect.WRITE, writes=("documents",))
async def upload_document(
    database: Database, embedder: Embedder, scope: Scope, upload: Upload, key: str | None
) -> dict[str, Any]:
    """Cut, embed and store a document in the place of the one of its source.

    It waits for the model, so it is no request's single transaction. Done twice it changes
    nothing the second time, whoever did it and whatever became of the first.

    Returns:
        The document as plain values, with `changed`: whether anything was done.

    Raises:
        Invalid: its content is no text.
        Conflict: the key was used for another request.
        Unavailable: there is no embedding model at the moment.
    """
    check(upload_document, scope)
    content = upload.content
    digest = hashlib.sha256(content.encode() if isinstance(content, str) else content)
    said = plain(upload) | {"content": digest.hexdigest()}
    write = write_of(scope, upload_document.name, key, said)
    async with database.transaction(scope.tenant) as db:
        try:
            done: dict[str, Any] = await writes.repeated(db, scope, write)
        except NotFound:
            pass
        else:
            return done
    stored = await ingest(database, embedder, scope.tenant, upload)
    done = plain(stored.document) | {"changed": stored.changed}
    async with database.transaction(scope.tenant) as db:
        if await writes.claim_write(db, scope, write):
            await writes.complete_write(db, scope, write.key, before=None, after=done)
    return done


@operation(Effect.WRITE, writes=("documents",))
async def delete_document(db: Connection, scope: Scope, document_id: int) -> Change:
    """Take a document and its passages away.

    Raises:
        NotFound: the tenant has no such document.
    """
    before = await knowledge.get_document(db, scope.tenant, document_id)
    await knowledge.delete_document(db, scope.tenant, document_id)
    return Change(before, {"deleted": 1})


@operation(Effect.WRITE, writes=("documents",))
async def clear_documents(db: Connection, scope: Scope) -> Change:
    """Take all of the tenant's documents away; curated answers stay."""
    return Change(None, {"deleted": await knowledge.clear_knowledge(db, scope.tenant)})
