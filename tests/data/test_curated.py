"""Curated answers as rows."""

from dataclasses import replace

import psycopg
import pytest

from data import curated
from data.curated import CuratedAnswer
from data.db import Connection, Database
from data.errors import NotFound
from tests.acme import ACME, GLOBEX

HOURS = CuratedAnswer("general", "hours", ["company"], ["opening hours"], "From nine to five.", 0.9)


async def test_an_answer_is_replaced_by_specialist_and_name(acme: Connection) -> None:
    elsewhere = replace(HOURS, specialist="tech")
    await curated.put_curated(acme, ACME, [HOURS, elsewhere])
    changed = replace(HOURS, response="Always.", keywords=[], intents=[])
    await curated.put_curated(acme, ACME, [changed])
    assert await curated.list_curated(acme, ACME) == [changed, elsewhere]


async def test_a_confidence_above_one_is_refused(acme: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await curated.put_curated(acme, ACME, [replace(HOURS, confidence=1.1)])


async def test_another_tenants_answer_looks_like_none(companies: Database) -> None:
    async with companies.transaction(ACME) as db:
        await curated.put_curated(db, ACME, [HOURS])
    async with companies.transaction(GLOBEX) as db:
        assert await curated.list_curated(db, GLOBEX) == []
        with pytest.raises(NotFound):
            await curated.delete_curated(db, GLOBEX, "general", "hours")
    async with companies.transaction(ACME) as db:
        await curated.delete_curated(db, ACME, "general", "hours")
        assert await curated.list_curated(db, ACME) == []


async def test_the_version_differs_after_a_change_only(companies: Database) -> None:
    versions = []
    for answer in (HOURS, HOURS, replace(HOURS, response="Never.")):
        async with companies.transaction(ACME) as db:
            await curated.put_curated(db, ACME, [answer])
        async with companies.transaction(ACME) as db:
            versions.append(await curated.curated_version(db, ACME))
    assert versions[0] == versions[1] != versions[2]
