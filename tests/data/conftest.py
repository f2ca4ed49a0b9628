"""A transaction as acme, on a database that holds the two companies of `tests.acme`."""

from collections.abc import AsyncIterator

import pytest

from data.db import Connection, Database
from tests.acme import ACME, found_companies


@pytest.fixture
async def companies(db: Database) -> Database:
    await found_companies(db)
    return db


@pytest.fixture
async def acme(companies: Database) -> AsyncIterator[Connection]:
    async with companies.transaction(ACME) as tx:
        yield tx
