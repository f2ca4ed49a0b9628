"""Documents on their way into a tenant's knowledge base, and out of it."""

import hashlib
from typing import Any

from data import knowledge, writes
from data.db import Connection, Database
from data.errors import NotFound
from data.knowledge import Document
from data.records import plain
from data.scope import Scope
from data.search_index import keep_search_index
from data.writes import Write
from retrievers.embed import Embedder
from retrievers.ingest import Prepared, Upload, prepare, read, store, unchanged
from tools.operation import Change, Effect, Operation, check, operation
from tools.request import carry_out, write_of


@operation(Effect.WRITE, writes=("documents",))
async def upload_document(
    database: Database, embedder: Embedder, scope: Scope, upload: Upload, key: str | None
) -> dict[str, Any]:
    """Cut, embed and store a document in the place of the one of its source.

    It waits for the model between two transactions. The second one stores the document together
    with the row of the audit trail; done twice it changes nothing the second time.

    Returns:
        The document as plain values, with `changed`: whether anything was done.

    Raises:
        Invalid: its content is no text.
        Conflict: the key was used for another request.
        Unavailable: there is no embedding model at the moment.
    """
    check(upload_document, scope)
    draft = await read(upload)
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
        same = await unchanged(db, scope.tenant, draft, embedder)
        if same:
            return await _once(db, scope, write, same, None)
    prepared = await prepare(embedder, draft)
    async with database.transaction(scope.tenant) as db:
        before = await knowledge.find_document(db, scope.tenant, upload.source)
        done = await _once(db, scope, write, before, prepared)
    await keep_search_index(database, scope.tenant)
    return done


async def _once(
    db: Connection, scope: Scope, write: Write, before: Document | None, new: Prepared | None
) -> dict[str, Any]:
    """Store what there is to store together with the row that says so, or find it done."""
    if not await writes.claim_write(db, scope, write):
        done: dict[str, Any] = await writes.repeated(db, scope, write)
        return done
    after = await store(db, scope.tenant, new) if new else before
    done = plain(after) | {"changed": new is not None}
    await writes.complete_write(db, scope, write.key, before=plain(before), after=done)
    return done


async def take_away(
    database: Database, scope: Scope, action: Operation, key: str | None, **arguments: Any
) -> dict[str, Any]:
    """Do one of the two below in a transaction, and see that the index fits what is left.

    Raises:
        NotFound, Conflict: as the action, and `carry_out`.
    """
    async with database.transaction(scope.tenant) as db:
        done: dict[str, Any] = await carry_out(db, scope, action, key, arguments)
    await keep_search_index(database, scope.tenant)
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
