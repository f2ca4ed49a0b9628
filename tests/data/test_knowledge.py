"""Documents and their passages as rows."""

import numpy as np
import pytest

from data import knowledge
from data.db import Connection, Database
from data.errors import NotFound
from data.knowledge import NewDocument, NewPassage
from tests.acme import ACME, GLOBEX

FEES = NewDocument("Fees", "articles/fees", "billing", "money", b"one")
VECTOR = np.eye(1, 384, dtype=np.float32)[0]


def passages(*contents: str) -> list[NewPassage]:
    return [NewPassage("Fees", content, VECTOR) for content in contents]


async def contents(db: Connection, tenant: str = ACME) -> list[str]:
    cursor = await db.execute(
        "SELECT content FROM passages WHERE tenant = %s ORDER BY position", [tenant]
    )
    return [row[0] for row in await cursor.fetchall()]


async def test_the_same_source_again_replaces_all_passages_and_keeps_the_id(
    acme: Connection,
) -> None:
    first = await knowledge.put_document(acme, ACME, FEES, passages("a", "b", "c"), "m")
    again = NewDocument("Costs", FEES.source, None, None, b"two")
    second = await knowledge.put_document(acme, ACME, again, passages("d"), "m")
    assert (second.id, second.title, second.specialist) == (first.id, "Costs", None)
    assert (first.passages, second.passages) == (3, 1)
    assert await contents(acme) == ["d"]


async def test_a_document_is_found_while_its_content_is_the_same(acme: Connection) -> None:
    stored = await knowledge.put_document(acme, ACME, FEES, passages("a"), "m")
    assert await knowledge.find_same(acme, ACME, FEES.source, b"one", "m") == stored
    assert await knowledge.find_same(acme, ACME, FEES.source, b"two", "m") is None
    assert await knowledge.find_same(acme, ACME, FEES.source, b"one", "other") is None
    assert await knowledge.find_same(acme, ACME, "articles/other", b"one", "m") is None
    assert await knowledge.find_document(acme, ACME, FEES.source) == stored


async def test_documents_are_listed_by_source_page_by_page(acme: Connection) -> None:
    for name, specialist, category in (("b", "tech", "x"), ("a", "billing", "x"), ("c", None, "y")):
        document = NewDocument(name, name, specialist, category, b"")
        await knowledge.put_document(acme, ACME, document, passages(), "m")

    async def listed(**chosen: object) -> list[str]:
        found = await knowledge.list_documents(acme, ACME, **chosen)  # type: ignore[arg-type]
        return [document.source for document in found]

    assert await listed() == ["a", "b", "c"]
    assert await listed(limit=2) == ["a", "b"]
    assert await listed(after="b") == ["c"]
    assert await listed(specialist="tech") == ["b"]
    assert await listed(category="x") == ["a", "b"]


async def test_deleting_a_document_takes_its_passages_along(acme: Connection) -> None:
    stored = await knowledge.put_document(acme, ACME, FEES, passages("a"), "m")
    await knowledge.delete_document(acme, ACME, stored.id)
    assert await contents(acme) == []
    with pytest.raises(NotFound):
        await knowledge.get_document(acme, ACME, stored.id)
    with pytest.raises(NotFound):
        await knowledge.delete_document(acme, ACME, stored.id)


async def test_what_is_there_is_counted(acme: Connection) -> None:
    empty = await knowledge.count_knowledge(acme, ACME)
    await knowledge.put_document(acme, ACME, FEES, passages("a", "b"), "m")
    other = NewDocument("Other", "other", None, "noise", b"")
    await knowledge.put_document(acme, ACME, other, passages("c"), "n")
    stats = await knowledge.count_knowledge(acme, ACME)
    assert (empty.documents, empty.passages, empty.models, empty.updated_at) == (0, 0, [], None)
    assert (stats.documents, stats.passages) == (2, 3)
    assert (stats.specialists, stats.categories) == (["billing"], ["money", "noise"])
    assert stats.models == ["m", "n"]
    assert stats.updated_at


async def test_clearing_leaves_other_tenants_alone(companies: Database) -> None:
    for tenant in (ACME, GLOBEX):
        async with companies.transaction(tenant) as db:
            await knowledge.put_document(db, tenant, FEES, passages(tenant), "m")
    async with companies.transaction(ACME) as db:
        assert await contents(db, GLOBEX) == []
        assert await knowledge.clear_knowledge(db, ACME) == 1
        assert await contents(db) == []
    async with companies.transaction(GLOBEX) as db:
        assert await contents(db, GLOBEX) == [GLOBEX]
