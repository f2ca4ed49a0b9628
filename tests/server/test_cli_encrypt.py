"""`switchboard encrypt`, as a process of its own."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from data import tenants
from data.credentials import get_credential, put_credential
from data.db import Database
from data.errors import Invalid
from data.sealing import Keyring, new_key
from data.tenants import Tenant
from server.prepare import prepare
from server.setting_values import encryption_keys
from server.settings import Settings
from tests.acme import ACME, found_companies
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


async def test_a_tenants_personal_data_are_sealed_shown_and_opened_again(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    key = new_key()
    given = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "ENCRYPTION_KEYS": key}
    await found_companies(db)

    def said(*words: str, **more: str) -> tuple[int, str]:
        done = switchboard("encrypt", *words, folder=tmp_path, given=given | more)
        return done.returncode, " ".join(done.stderr.split())

    code, told = said("--seal", ACME)
    assert (code, told[-19:]) == (0, "Sealed for acme: 2.")
    code, told = said("--status")
    assert code == 0
    assert "acme │ sealed │ customers │ 2 │ 0 │ 0" in told
    signed = switchboard("token", "--customer", "1", "--tenant", ACME, folder=tmp_path, given=given)
    assert signed.stdout.count(".") == 2, signed.stderr
    for env in ("dev", "prod"):
        with pytest.raises(Invalid, match=r"ENCRYPTION_KEYS.*acme"):
            await prepare(
                Settings(
                    env=env,
                    database_url=database_url,
                    data_dir=tmp_path,
                    jwt_secret_key=SecretStr("j" * 32),
                    encryption_keys=new_key(),
                    _env_file=None,  # type: ignore[call-arg]
                )
            )
    code, told = said("--open", ACME, ENCRYPTION_KEYS=new_key())
    assert code == 1
    assert "ENCRYPTION_KEYS has no key" in told
    code, told = said("--open", ACME)
    assert (code, told[-19:]) == (0, "Opened for acme: 2.")
    assert said("--seal", "nobody")[0] == 1
