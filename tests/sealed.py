"""The two companies with acme's personal data sealed: what holds for open ones holds for them."""

from dataclasses import replace

import pytest

from data.db import Database
from data.sealing import Keyring
from server import personal
from server.prepare import silent
from tests.acme import ACME

KEYS = Keyring([b"k" * 32])

OPEN_AND_SEALED = pytest.mark.parametrize("companies", ["open", "sealed"], indirect=True)
"""For tests of rows that hold personal data, and of whoever uses them."""


async def as_asked(database: Database, request: pytest.FixtureRequest) -> Database:
    """The companies as `OPEN_AND_SEALED` asks for them; open where nothing asks."""
    if getattr(request, "param", "open") == "open":
        return database
    database = replace(database, keyring=KEYS)
    await personal.seal(database, KEYS, ACME, silent)
    return database
