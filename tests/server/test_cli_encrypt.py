"""`switchboard encrypt`, as a process of its own."""

from pathlib import Path

from data import tenants
from data.credentials import get_credential, put_credential
from data.db import Database
from data.sealing import Keyring, new_key
from data.tenants import Tenant
from server.setting_values import encryption_keys
from tests.command import switchboard


def ring(*keys: str) -> Keyring:
    return Keyring(encryption_keys(",".join(keys)))


def encrypt(url: str, folder: Path, *keys: str) -> tuple[int, str]:
    given = {"DATABASE_URL": url, "DATA_DIR": str(folder), "ENCRYPTION_KEYS": ",".join(keys)}
    done = switchboard("encrypt", folder=folder, given=given)
    return done.returncode, " ".join(done.stderr.split())


async def test_keys_are_changed_and_what_is_done_is_not_done_again(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    printed = switchboard("encrypt", "--new-key", folder=tmp_path, given={}).stdout.strip()
    old, new, lost = new_key(), printed, new_key()
    for tenant in ("acme", "globex"):
        async with db.ops_transaction() as ops:
            await tenants.add_tenant(ops, Tenant(tenant, tenant, {}, "s" * 32))
        async with db.transaction(tenant) as rows:
            await put_credential(rows, ring(old), tenant, "channel", "twilio", f"{tenant}'s")
            await put_credential(rows, ring(new), tenant, "provider", "openai", "done")
    code, said = encrypt(database_url, tmp_path, new, old)
    assert code == 0, said
    assert said.startswith("credentials ━")
    assert said.endswith("2/2 Sealed with the first key: 2.")
    for tenant in ("acme", "globex"):
        async with db.transaction(tenant) as rows:
            opened = await get_credential(rows, ring(new), tenant, "channel", "twilio")
            assert opened == f"{tenant}'s"
    code, said = encrypt(database_url, tmp_path, new)
    assert (code, said[-1:]) == (0, "."), said
    assert said.endswith("Sealed with the first key: 0.")

    async with db.transaction("acme") as rows:
        await put_credential(rows, ring(lost), "acme", "channel", "gmail", "gone")
    code, said = encrypt(database_url, tmp_path, new)
    assert code == 1
    assert "for acme/channel/gmail; it was left as it is" in said
    assert "Traceback" not in said
    code, said = encrypt(database_url, tmp_path)
    assert code == 1
    assert "ENCRYPTION_KEYS" in said
    assert "--new-key" in said
