"""A tenant's personal data are sealed and opened again while all goes on; nothing is lost."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from checkpoints.latest import Blob, Latest, keep_latest
from checkpoints.saver import TurnSaver
from data import customers, leads, merges, sealed_tenants, writes
from data.db import Database
from data.errors import Conflict
from data.forgetting import find_person, forget
from data.leads import Contact
from data.outbox import put_in_outbox
from data.personal import State
from data.scope import Role, Scope
from data.sealing import CannotOpen, Keyring
from data.writes import Write
from server import personal
from server.personal import Rewritten
from server.prepare import silent
from tests.acme import ACME, ANN, BEA, GLOBEX, found_companies

OLD, NEW = Keyring([b"o" * 32]), Keyring([b"n" * 32, b"o" * 32])
NEW_ALONE = Keyring([b"n" * 32])

SCOPE = Scope(ACME, Role.APP, "key:1", "talk", ANN)
SECRETS = ("Ann Ames", "ann@acme", "bea@acme", "Lea Lund", "0199", "lea@home", "the north roof")
THREAD = f"{ACME}:talk"
WRITTEN = Write("k", None, "update_customer_email", {"new_email": "ann@acme.test"})


@pytest.fixture
async def house(db: Database) -> Database:
    """Acme with a lead, mail that waits, an audit trail and something remembered."""
    await found_companies(db)
    db = replace(db, keyring=OLD)
    async with db.transaction(ACME) as rows:
        await rows.execute(
            "INSERT INTO conversations (tenant, id, party, channel)"
            " VALUES ('acme', 'talk', %s, 'web')",
            [SCOPE.party],
        )
        lead = await leads.add_lead(rows, ACME, "Lea Lund")
        assert lead
        said = Contact(phone="+1 555 0199", email="lea@home.test", details="the north roof")
        await leads.update_lead(rows, ACME, lead.id, said)
        await put_in_outbox(rows, SCOPE, "m", "email", "Hello", recipient="ann@acme.test")
        await writes.claim_write(rows, SCOPE, WRITTEN)
        gone, come = {"email": "Ann@acme.test"}, {"email": "ann@acme.test"}
        await writes.complete_write(rows, SCOPE, "k", before=gone, after=come)
        await keep_latest(rows, remembered())
    return db


def remembered() -> Latest:
    checkpoint: dict[str, Any] = {
        "v": 4,
        "id": "1f0b7a1e-0000-6000-8000-000000000000",
        "ts": "2026-01-01T00:00:00+00:00",
        "channel_values": {"memory": {"email": "ann@acme.test"}},
        "channel_versions": {"memory": "1.0", "asked": "1.0"},
        "versions_seen": {},
        "updated_channels": None,
    }
    blob = Blob("asked", "1.0", "json", b'"Lea Lund"')
    return Latest(
        thread_id=THREAD,
        namespace="",
        id=checkpoint["id"],
        checkpoint=checkpoint,
        metadata={"source": "loop", "step": 1, "parents": {}},
        blobs=[blob],
    )


def everything(url: str) -> str:
    """All rows of all tables, as whoever has the data directory reads them."""
    with psycopg.connect(url) as db:
        tables = db.execute(
            "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name)"
            " FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            " AND table_schema IN ('public', 'ops')"
        ).fetchall()
        rows = [db.execute(f"SELECT t::text FROM {name} t").fetchall() for (name,) in tables]
        blobs = db.execute(
            "SELECT encode(blob, 'escape') FROM checkpoint_blobs UNION ALL"
            " SELECT encode(blob, 'escape') FROM checkpoint_writes"
        ).fetchall()
    return "\n".join(str(row[0]) for table in (*rows, blobs) for row in table).lower()


async def read(database: Database) -> dict[str, Any]:
    """What acme's own doors get to see."""
    async with database.transaction(ACME) as rows:
        (lead,) = await leads.list_leads(rows, ACME)
        ann = await customers.find_by_email(rows, ACME, "ANN@acme.test")
        bea = await customers.get_customer(rows, ACME, BEA)
        repeated = await writes.repeated(rows, SCOPE, WRITTEN)
    config: Any = {"configurable": {"thread_id": THREAD, "checkpoint_ns": ""}}
    kept = await TurnSaver(database).aget_tuple(config)
    assert kept
    values = kept.checkpoint["channel_values"]
    return {"lead": lead, "ann": ann, "bea": bea, "write": repeated, "memory": values}


async def test_sealed_nothing_is_readable_in_any_table_and_everything_through_ours(
    house: Database, database_url: str
) -> None:
    before, open_rows = await read(house), everything(database_url)
    assert all(secret.lower() in open_rows for secret in SECRETS)
    reported: list[tuple[str, int, int]] = []
    done = await personal.seal(house, OLD, ACME, lambda *said: reported.append(said))
    assert done.unopened == 0
    sealed_rows = everything(database_url)
    elsewhere = sealed_rows.replace("ann@acme.test", "", 1)  # globex' Gus has this address, too
    assert [secret for secret in SECRETS if secret.lower() in elsewhere] == []
    assert await read(house) == before
    assert ("acme: customers", 2, 2) in reported
    assert {(one.table, one.open) for one in await personal.standing(house, OLD)} == {
        (table, 0) for table in ("customers", "leads", "outbox", "writes", "memory")
    }
    assert {one.state for one in await personal.standing(house, OLD)} == {State.SEALED}
    assert await personal.unseal(house, OLD, ACME, silent) == done
    assert await read(house) == before
    assert await personal.standing(house, OLD) == []
    with psycopg.connect(database_url) as db:
        keys = db.execute("SELECT FROM customers WHERE email_key IS NOT NULL").rowcount
        assert (keys, db.execute("SELECT FROM sealing").rowcount) == (0, 0)


async def test_keys_change_and_the_old_one_can_be_taken_away(house: Database) -> None:
    before = await read(house)
    await personal.seal(house, OLD, ACME, silent)
    both = replace(house, keyring=NEW)
    (counted, *_) = await personal.standing(both, NEW)
    assert (counted.sealed, counted.outdated) == (0, 2)
    assert (await personal.go_on(both, NEW, ACME, silent)).changed > 0
    assert await personal.go_on(both, NEW, ACME, silent) == Rewritten(0, 0)
    assert await read(replace(house, keyring=NEW_ALONE)) == before
    with pytest.raises(CannotOpen, match="ENCRYPTION_KEYS has no key"):
        await read(house)
    with pytest.raises(CannotOpen, match="ENCRYPTION_KEYS is empty"):
        await read(replace(house, keyring=None))


async def test_what_no_key_opens_is_counted_and_left_and_stays_sealed(house: Database) -> None:
    await personal.seal(house, OLD, ACME, silent)
    async with house.transaction(ACME) as rows:
        await rows.execute("UPDATE leads SET phone = phone || 'x'")
    assert (await personal.unseal(house, OLD, ACME, silent)).unopened == 1
    (state,) = {one.state for one in await personal.standing(house, OLD)}
    assert state == State.OPENING


class Killed(Exception):  # it stands for a signal
    pass


@pytest.mark.parametrize("moment", [1, 3, 6, 10, 13])
async def test_killed_at_any_moment_the_next_run_goes_on(
    house: Database, database_url: str, moment: int
) -> None:
    before, reports = await read(house), 0

    def killed(*_: object) -> None:
        nonlocal reports
        reports += 1
        if reports > moment:
            raise Killed

    for change in (personal.seal, personal.unseal):
        reports = 0
        with pytest.raises(Killed):
            await change(house, OLD, ACME, killed)
        assert State.SEALED not in {one.state for one in await personal.standing(house, OLD)}
        assert await read(house) == before
        await taken_twice_is_refused(house)
        await change(house, OLD, ACME, silent)
        assert await read(house) == before
        readable = "lea lund" in everything(database_url)
        assert readable == (change is personal.unseal)


async def taken_twice_is_refused(house: Database) -> None:
    """Whatever is sealed and whatever is not yet."""
    with pytest.raises(Conflict):
        async with house.transaction(ACME) as rows:
            await customers.update_email(rows, ACME, BEA, "ann@ACME.test")


async def test_who_began_to_write_before_is_waited_for(house: Database) -> None:
    """A server that has not heard of it must not leave an open row behind."""
    async with house.transaction(ACME) as rows:
        await leads.add_lead(rows, ACME, "Early Bird")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            async with house.ops_transaction() as ops:
                await ops.execute("SET LOCAL lock_timeout = 50")
                await sealed_tenants.begin(ops, OLD, ACME)


async def test_forgotten_and_merged_customers_leave_nothing_that_finds_them(
    house: Database,
) -> None:
    await personal.seal(house, OLD, ACME, silent)
    async with house.transaction(ACME) as rows:
        await merges.add_merge(rows, ACME, ANN, BEA, None)
        found = await customers.find_by_email(rows, ACME, "bea@acme.test")
        assert found
        assert found.id == ANN
        await forget(rows, ACME, await find_person(rows, ACME, [ANN, BEA]))
        assert await customers.find_by_email(rows, ACME, "ann@acme.test") is None
        assert (
            await rows.execute("SELECT FROM customers WHERE email_key IS NOT NULL")
        ).rowcount == 0
    await personal.unseal(house, OLD, ACME, silent)


async def test_another_tenant_stays_as_it_was(house: Database) -> None:
    await personal.seal(house, OLD, ACME, silent)
    async with replace(house, keyring=None).transaction(GLOBEX) as rows:
        gus = await customers.find_by_email(rows, GLOBEX, "ann@acme.test")
        assert gus
        await customers.update_email(rows, GLOBEX, gus.id, "gus@globex.test")
        assert (await customers.get_customer(rows, GLOBEX, gus.id)).email == "gus@globex.test"


async def test_a_name_that_looks_sealed_is_a_name(house: Database) -> None:
    async with house.transaction(ACME) as rows:
        lead = await leads.add_lead(rows, ACME, "\x01v1.nokey.data")
        assert lead
        assert (await leads.get_lead(rows, ACME, lead.id)).name == "v1.nokey.data"
