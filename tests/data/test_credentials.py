import base64

import pytest

from data import credentials
from data.credentials import (
    delete_credential,
    get_credential,
    list_credentials,
    place_of,
    put_credential,
)
from data.db import Database
from data.errors import Invalid, NotFound
from data.sealing import CannotOpen, Keyring, new_key

OLD, NEW = b"o" * 32, b"n" * 32
SECRET = "sk-live-ü-1234"
TWILIO = ("acme", "channel", "twilio")


async def test_a_credential_comes_back_and_is_not_in_the_table(db: Database) -> None:
    keys = Keyring([OLD])
    async with db.transaction("acme") as acme:
        await put_credential(acme, keys, *TWILIO, "first")
        await put_credential(acme, keys, *TWILIO, SECRET)
        assert await get_credential(acme, keys, *TWILIO) == SECRET
        rows = await (await acme.execute("SELECT c::text FROM credentials c")).fetchall()
        (listed,) = await list_credentials(acme, "acme")
    assert len(rows) == 1
    assert SECRET not in rows[0][0]
    assert (listed.kind, listed.name) == ("channel", "twilio")
    assert listed.sealed not in repr(listed)


async def test_a_credential_is_its_tenants_own(db: Database) -> None:
    keys = Keyring([OLD])
    async with db.transaction("acme") as acme:
        await put_credential(acme, keys, *TWILIO, SECRET)
    async with db.transaction("globex") as globex:
        with pytest.raises(NotFound):
            await get_credential(globex, keys, *TWILIO)
        assert await list_credentials(globex, "acme") == []
        assert not await delete_credential(globex, *TWILIO)
    async with db.transaction("acme") as acme:
        assert await delete_credential(acme, *TWILIO)
        assert not await delete_credential(acme, *TWILIO)


async def test_all_keys_open_and_the_first_one_seals(db: Database) -> None:
    both = Keyring([NEW, OLD])
    async with db.transaction("acme") as acme:
        await put_credential(acme, Keyring([OLD]), *TWILIO, SECRET)
        assert await get_credential(acme, both, *TWILIO) == SECRET
        (stale,) = await credentials.sealed_otherwise(acme, "acme", both.prefix)
        await credentials.reseal(acme, both, "acme", stale)
        assert await credentials.sealed_otherwise(acme, "acme", both.prefix) == []
        assert await get_credential(acme, Keyring([NEW]), *TWILIO) == SECRET
        with pytest.raises(CannotOpen, match="has no key"):
            await get_credential(acme, Keyring([OLD]), *TWILIO)


def test_a_text_opens_only_where_it_was_sealed_for_and_as_it_was() -> None:
    keys, place = Keyring([OLD]), place_of(*TWILIO)
    sealed = keys.seal(SECRET, place)
    assert keys.open(sealed, place) == SECRET
    assert keys.seal(SECRET, place) != sealed, "the same twice is not recognised"
    for elsewhere in ("globex/channel/twilio", "acme/provider/twilio", ""):
        with pytest.raises(CannotOpen, match="changed or moved"):
            keys.open(sealed, elsewhere)
    head, _, data = sealed.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(data))
    raw[-1] ^= 1
    for broken in (base64.urlsafe_b64encode(raw).decode(), "", "x", data[:8]):
        with pytest.raises(CannotOpen):
            keys.open(f"{head}.{broken}", place)
    for broken in ("", "plain", sealed.replace("v1", "v2", 1)):
        with pytest.raises(CannotOpen):
            keys.open(broken, place)


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(Invalid, match="--new-key"):
        Keyring([])


def test_a_new_key_is_one_that_is_taken() -> None:
    assert len(base64.urlsafe_b64decode(new_key())) == 32
    assert new_key() != new_key()
