import pytest

from data.db import Database
from data.errors import NotFound
from data.tenants import Tenant, add_tenant, get_tenant, list_tenants, upsert_tenant

ACME = Tenant("acme", "Acme", {"locale": "en"}, "first secret")
LATER = Tenant("acme", "Acme Inc.", {"locale": "de"}, "second secret")


async def test_adding_a_tenant_again_leaves_it_as_it_is(db: Database) -> None:
    async with db.ops_transaction() as ops:
        assert await add_tenant(ops, ACME)
        assert not await add_tenant(ops, LATER)
        assert await get_tenant(ops, "acme") == ACME


async def test_changing_a_tenant_keeps_the_secret_of_its_tokens(db: Database) -> None:
    async with db.ops_transaction() as ops:
        await upsert_tenant(ops, ACME)
        await upsert_tenant(ops, LATER)
        assert await list_tenants(ops) == [
            Tenant("acme", "Acme Inc.", {"locale": "de"}, "first secret")
        ]


async def test_a_tenant_that_is_not_there_is_an_error(db: Database) -> None:
    async with db.ops_transaction() as ops:
        assert await list_tenants(ops) == []
        with pytest.raises(NotFound, match="tenant 'acme' not found"):
            await get_tenant(ops, "acme")


def test_the_secret_is_not_printed_with_the_tenant() -> None:
    assert "secret" not in f"{ACME!r} {ACME!s}"
