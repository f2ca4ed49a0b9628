"""Intents and their examples as rows."""

import numpy as np
import pytest

from data import intents
from data.db import Connection, Database
from data.errors import Invalid, NotFound
from data.intents import Intent
from data.vectors import Vector, from_sql
from tests.acme import ACME, GLOBEX

BILL = Intent("bill", "billing", True, "About a bill.", ["my bill", "invoice"])
NOISE = Intent("noise", "tech", False, "", [])


def unit(position: int) -> Vector:
    vector = np.zeros(384, dtype=np.float32)
    vector[position] = 1
    return vector


async def test_an_intent_is_replaced_by_name_and_keeps_its_examples(acme: Connection) -> None:
    await intents.put_intents(acme, ACME, [BILL, NOISE])
    await intents.add_example(acme, ACME, "bill", "what do I owe")
    changed = Intent("bill", "general", False, "New.", ["owe"])
    await intents.put_intents(acme, ACME, [changed])
    assert await intents.list_intents(acme, ACME) == [changed, NOISE]
    assert [e.content for e in await intents.list_examples(acme, ACME)] == ["what do I owe"]


async def test_a_message_has_one_label_the_last(acme: Connection) -> None:
    await intents.put_intents(acme, ACME, [BILL, NOISE])
    await intents.add_examples(acme, ACME, [("bill", "it hums", unit(3))], "m")
    moved = await intents.add_example(acme, ACME, "noise", "it hums")
    loaded = await intents.load_examples(acme, ACME)
    assert [(e.id, e.intent, e.content, e.model) for e in loaded] == [
        (moved.id, "noise", "it hums", "m")
    ]


async def test_an_example_of_no_intent_is_refused(acme: Connection) -> None:
    with pytest.raises(Invalid, match="there is no intent 'bill'"):
        await intents.add_example(acme, ACME, "bill", "what do I owe")


async def test_vectors_come_back_to_the_last_bit(acme: Connection) -> None:
    vectors = np.random.default_rng(7).normal(size=(3, 384)).astype(np.float32)
    await intents.put_intents(acme, ACME, [NOISE])
    rows = [("noise", str(n), vector) for n, vector in enumerate(vectors)]
    await intents.add_examples(acme, ACME, rows, "m")
    stored = [e.vector for e in await intents.load_examples(acme, ACME)]
    assert np.array_equal(from_sql([v for v in stored if v], 384), vectors)


async def test_an_example_gets_its_vector_later(acme: Connection) -> None:
    await intents.put_intents(acme, ACME, [NOISE])
    added = await intents.add_example(acme, ACME, "noise", "it hums")
    [before] = await intents.load_examples(acme, ACME)
    await intents.set_vectors(acme, ACME, [(added.id, unit(1))], "m")
    [after] = await intents.load_examples(acme, ACME)
    assert (before.model, before.vector) == (None, None)
    assert after.model == "m"
    assert after.vector


async def test_the_version_differs_after_every_change(companies: Database) -> None:
    async def version() -> str:
        async with companies.transaction(ACME) as db:
            return await intents.intents_version(db, ACME)

    seen = [await version()]
    async with companies.transaction(ACME) as db:
        await intents.put_intents(db, ACME, [BILL])
    seen.append(await version())
    async with companies.transaction(ACME) as db:
        example = await intents.add_example(db, ACME, "bill", "what do I owe")
    seen.append(await version())
    async with companies.transaction(ACME) as db:
        await intents.delete_example(db, ACME, example.id)
    seen.append(await version())
    async with companies.transaction(ACME) as db:
        await intents.add_example(db, ACME, "bill", "what do I owe")
    seen.append(await version())
    # back to the second state, which is the same again
    assert len(set(seen)) == 4
    assert seen[3] == seen[1]
    async with companies.transaction(ACME) as db:
        await intents.put_intents(db, ACME, [BILL])
    assert await version() == seen[-1], "the same intents again are no change"


async def test_tenants_have_intents_of_their_own(companies: Database) -> None:
    async with companies.transaction(ACME) as db:
        await intents.put_intents(db, ACME, [BILL])
        example = await intents.add_example(db, ACME, "bill", "what do I owe")
    async with companies.transaction(GLOBEX) as db:
        assert await intents.list_intents(db, GLOBEX) == []
        assert await intents.list_intents(db, ACME) == []
        with pytest.raises(NotFound):
            await intents.delete_example(db, GLOBEX, example.id)
