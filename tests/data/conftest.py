"""A transaction as acme."""

from collections.abc import AsyncIterator

import pytest

from data.db import Connection, Database, open_database
from tests.acme import ACME
from tests.conftest import TEMPLATE, copy_of


@pytest.fixture(scope="module")
async def talks(postgres: str) -> AsyncIterator[Database]:
    """A module's own empty database; every test keeps to conversations of its own."""
    with copy_of(postgres, TEMPLATE) as url:
        async with open_database(url, minimum=1, maximum=8) as database:
            yield database


@pytest.fixture
async def acme(companies: Database) -> AsyncIterator[Connection]:
    async with companies.transaction(ACME) as tx:
        yield tx
