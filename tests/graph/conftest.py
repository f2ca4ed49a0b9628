"""One process on acme's database, without a model."""

from collections.abc import AsyncIterator

import pytest

from data.db import Database, open_database
from tests.conftest import TEMPLATE, copy_of
from tests.graph.house import House, found_acme, open_house


@pytest.fixture(scope="module")
async def acme(postgres: str) -> AsyncIterator[Database]:
    """A database on which acme is a tenant with content; every test has its own conversations."""
    with copy_of(postgres, TEMPLATE) as url:
        async with open_database(url, minimum=1, maximum=8) as database:
            await found_acme(database)
            yield database


@pytest.fixture
def house(acme: Database) -> House:
    return open_house(acme)
