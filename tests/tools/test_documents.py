"""Documents through the operations: stored with their audit row or not at all, index kept."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from data.db import Database
from data.errors import Unavailable
from data.scope import Role, Scope
from data.search_index import keep_search_index
from retrievers.embed import Endpoint, open_embedder
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload
from tests.acme import ACME
from tests.retrievers.embeddings_server import Answer, embeddings, embeddings_server, refusal
from tools.documents import clear_documents, delete_document, take_away, upload_document

ADMIN = Scope(ACME, Role.ADMIN, "boss")
FEES = Upload("fees", "Fees", "A late fee is five dollars.", "text")
FUNCTION = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$
"""


async def upload(db: Database, what: Upload = FEES, key: str | None = None) -> dict[str, Any]:
    done: dict[str, Any] = await upload_document.body(db, HashEmbedder(), ADMIN, what, key)
    return done


async def count(db: Database, what: str) -> int:
    async with db.reading(ACME) as tx:
        row = await (await tx.execute(f"SELECT count(*) FROM {what}")).fetchone()
    assert row
    return int(row[0])


async def test_an_upload_is_audited_with_what_was_there_before(db: Database) -> None:
    first = await upload(db)
    second = await upload(db, Upload("fees", "Charges", "None.", "text"))
    async with db.reading(ACME) as tx:
        cursor = await tx.execute("SELECT before, after FROM writes ORDER BY created_at")
        rows = await cursor.fetchall()
    kept = {name: value for name, value in first.items() if name != "changed"}
    assert rows == [(None, first), (kept, second)]


@pytest.mark.parametrize("moment", ["UPDATE ON writes", "INSERT ON passages"])
async def test_a_document_and_its_audit_row_are_stored_together_or_not_at_all(
    db: Database, database_url: str, moment: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(FUNCTION)
        admin.execute(
            f"CREATE TRIGGER refuse BEFORE {moment} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        with pytest.raises(psycopg.errors.RaiseException, match="not today"):
            await upload(db, key="u-1")
        assert (await count(db, "documents"), await count(db, "writes")) == (0, 0)
        admin.execute("DROP FUNCTION refuse CASCADE")
    assert (await upload(db, key="u-1"))["changed"]
    assert await upload(db, key="u-1") == await upload(db, key="u-1")
    assert await count(db, "writes") == 1


@pytest.mark.parametrize("everything", [False, True])
async def test_an_index_that_nobody_needs_any_more_goes_with_the_documents(
    db: Database, everything: bool
) -> None:
    made = [await upload(db, Upload(name, name, "Text.", "text")) for name in ("a", "b")]
    assert await keep_search_index(db, ACME, 2)
    index = "pg_indexes WHERE indexname LIKE 'passages\\_near\\_%'"
    assert await count(db, index) == 1
    if everything:
        assert await take_away(db, ADMIN, clear_documents, None) == {"deleted": 2}
    else:
        await take_away(db, ADMIN, delete_document, None, document_id=made[0]["id"])
    assert await count(db, index) == 0


async def test_an_endpoint_without_vectors_is_told_and_leaves_nothing_behind(db: Database) -> None:
    answers: dict[str, list[Answer]] = {
        "a vector without a direction": [embeddings([[float("nan")] * 64])],
        "sent (1, 8) numbers": [embeddings([[1.0] * 8])],
        "sent (0,) numbers": [embeddings([])],
        "without vectors": [(200, {"content-type": "text/html"}, b"<html>Sign in</html>")],
        "is busy (429)": [refusal(429, "slowly", **{"retry-after": "0"})] * 2,
    }
    with embeddings_server() as endpoint:
        embedder = open_embedder("openai", "small", Path("unused"), Endpoint(endpoint.url, "sk-1"))
        assert await embedder.wait_ready()
        for why, failing in answers.items():
            endpoint.failing = list(failing)
            with pytest.raises(Unavailable) as refused:
                await upload_document.body(db, embedder, ADMIN, FEES, "u-1")
            assert why in str(refused.value)
        assert (await count(db, "documents"), await count(db, "writes")) == (0, 0)
        assert (await upload_document.body(db, embedder, ADMIN, FEES, "u-1"))["changed"]
        embedder.close()
