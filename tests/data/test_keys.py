import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from data import keys
from data.db import Connection, Database
from data.errors import NotFound
from data.keys import NewKey
from data.tenants import Tenant, add_tenant

PEPPER = "pepper of this installation"


@pytest.fixture
async def ops(db: Database) -> AsyncIterator[Connection]:
    async with db.ops_transaction() as tx:
        for tenant in ("acme", "globex"):
            await add_tenant(tx, Tenant(tenant, tenant.title(), {}, "secret"))
        yield tx


def made_of(key: str, *, tenant: str = "acme", expires_at: datetime | None = None) -> NewKey:
    return NewKey(
        tenant=tenant,
        name="shop",
        prefix=keys.prefix_of(key),
        digest=keys.digest_of(key, PEPPER),
        role="app",
        scopes=("chat", "act_for_customers"),
        expires_at=expires_at,
    )


def test_every_new_key_is_another_one_of_the_same_shape() -> None:
    made = {keys.new_key() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"sb_[A-Za-z0-9_-]{43}", key) for key in made)
    assert all(len(keys.prefix_of(key)) == 10 for key in made)


def test_a_digest_depends_on_key_and_pepper() -> None:
    key = keys.new_key()
    assert keys.digest_of(key, PEPPER) == keys.digest_of(key, PEPPER)
    assert len(keys.digest_of(key, PEPPER)) == 32
    assert keys.digest_of(key, PEPPER) != keys.digest_of(key, "another")
    assert keys.digest_of(key, PEPPER) != keys.digest_of(key + "x", PEPPER)


def test_the_digest_is_hmac_sha256_as_rfc_4231_tests_it() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert keys.digest_of("what do ya want for nothing?", "Jefe").hex() == expected


async def test_a_key_is_found_by_its_digest_and_stored_nowhere(ops: Connection) -> None:
    key = keys.new_key()
    assert await keys.store_key(ops, made_of(key))
    found = await keys.find_key(ops, keys.digest_of(key, PEPPER))
    assert found is not None
    assert (found.tenant, found.role, found.scopes, found.valid) == (
        "acme",
        "app",
        ["chat", "act_for_customers"],
        True,
    )
    row = await (await ops.execute("SELECT api_keys::text FROM ops.api_keys")).fetchone()
    assert key not in str(row)
    assert await keys.find_key(ops, keys.digest_of(key, "another pepper")) is None


async def test_storing_a_key_again_changes_nothing(ops: Connection) -> None:
    key = keys.new_key()
    assert await keys.store_key(ops, made_of(key))
    assert not await keys.store_key(ops, made_of(key, tenant="globex"))
    found = await keys.find_key(ops, keys.digest_of(key, PEPPER))
    assert found is not None
    assert found.tenant == "acme"


async def test_an_expired_key_is_not_valid(ops: Connection) -> None:
    now = datetime.now(UTC)
    for expires_at, valid in ((now - timedelta(hours=1), False), (now + timedelta(hours=1), True)):
        key = keys.new_key()
        await keys.store_key(ops, made_of(key, expires_at=expires_at))
        found = await keys.find_key(ops, keys.digest_of(key, PEPPER))
        assert found is not None
        assert found.valid is valid


async def test_a_revoked_key_is_found_but_not_valid_and_cannot_be_stored_again(
    ops: Connection,
) -> None:
    key = keys.new_key()
    await keys.store_key(ops, made_of(key))
    (listed,) = await keys.list_keys(ops, "acme")
    await keys.revoke_key(ops, "acme", listed.id)
    await keys.revoke_key(ops, "acme", listed.id)
    assert not await keys.store_key(ops, made_of(key))
    found = await keys.find_key(ops, keys.digest_of(key, PEPPER))
    assert found is not None
    assert not found.valid


async def test_a_tenant_lists_and_revokes_its_own_keys_only(ops: Connection) -> None:
    await keys.store_key(ops, made_of(keys.new_key()))
    await keys.store_key(ops, made_of(keys.new_key(), tenant="globex"))
    (theirs,) = await keys.list_keys(ops, "globex")
    for tenant, number in (("acme", theirs.id), ("globex", uuid4())):
        with pytest.raises(NotFound):
            await keys.revoke_key(ops, tenant, number)
    assert await keys.list_keys(ops, "globex") == [theirs]
