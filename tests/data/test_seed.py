from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from data import customers, insights, orders, profiles, subscriptions, tenants, tickets
from data.canned import list_canned
from data.db import Database
from data.errors import Conflict, Invalid
from data.seed.content import read_content
from data.seed.entries import first_of_month
from data.seed.load import SEED_FOLDERS, load_tenant

TODAY = date(2026, 3, 1)
NORTHWAVE = next(folder for folder in SEED_FOLDERS if folder.name == "northwave")

NOUNS = {
    "plans": "plans",
    "customers": "customers",
    "orders": "orders",
    "tickets": "tickets",
    "invoices": "invoices",
    "subscriptions": "subscriptions",
    "lines": "lines",
    "incidents": "incidents",
    "insights": "session_insights",
    "profiles": "profiles",
    "canned responses": "canned_responses",
}

Contents = dict[str, list[tuple[Any, ...]]]


def quiet(noun: str, done: int, total: int) -> None:
    pass


async def contents(database: Database, tenant: str) -> Contents:
    """Every row of the tenant's business, so that two moments can be compared."""
    async with database.transaction(tenant) as db:
        return {
            table: await (await db.execute(f"SELECT * FROM {table} ORDER BY 2, 1")).fetchall()
            for table in NOUNS.values()
        }


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
async def test_every_entry_of_a_tenant_becomes_a_row(db: Database, folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    summary = await load_tenant(db, folder, TODAY, lambda *step: told.append(step))

    content = read_content(folder)
    entries = {section.name: len(section.entries) for section in content.sections}
    rows = await contents(db, summary.tenant)
    assert {noun: len(rows[table]) for noun, table in NOUNS.items()} == entries
    assert summary.added == entries | {"tenants": 1}
    assert set(summary.kept.values()) == {0}
    assert told == [(noun, count, count) for noun, count in entries.items()]


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
async def test_loading_twice_changes_nothing(db: Database, folder: Path) -> None:
    first = await load_tenant(db, folder, TODAY, quiet)
    before = await contents(db, first.tenant)
    async with db.ops_transaction() as ops:
        tenant = await tenants.get_tenant(ops, first.tenant)

    second = await load_tenant(db, folder, date(2027, 1, 1), quiet)

    assert await contents(db, first.tenant) == before
    async with db.ops_transaction() as ops:
        assert await tenants.get_tenant(ops, first.tenant) == tenant
    assert set(second.added.values()) == {0}
    assert second.kept == first.added


async def test_loading_again_brings_back_what_is_missing_and_keeps_what_was_changed(
    db: Database,
) -> None:
    await load_tenant(db, NORTHWAVE, TODAY, quiet)
    async with db.transaction("demo") as tx:
        await customers.update_email(tx, "demo", 1, "alice.martin@example.com")
        await tx.execute("DELETE FROM canned_responses WHERE shortcut = '/close'")
        await tx.execute("UPDATE canned_responses SET shortcut = '/hi' WHERE shortcut = '/greet'")

    summary = await load_tenant(db, NORTHWAVE, TODAY, quiet)

    assert {noun: n for noun, n in summary.added.items() if n} == {"canned responses": 1}
    async with db.transaction("demo") as tx:
        assert (await customers.get_customer(tx, "demo", 1)).email == "alice.martin@example.com"
        shortcuts = [canned.shortcut for canned in await list_canned(tx, "demo")]
    assert shortcuts == ["/close", "/escalate", "/hi", "/refund", "/shipping", "/thanks"]


async def test_both_tenants_load_side_by_side(db: Database) -> None:
    loaded = [await load_tenant(db, folder, TODAY, quiet) for folder in SEED_FOLDERS]
    async with db.ops_transaction() as ops:
        known = await tenants.list_tenants(ops)
    assert [tenant.id for tenant in known] == sorted(summary.tenant for summary in loaded)
    assert [tenant.name for tenant in known] == ["Northwave", "Ridgeline Roofing"]
    assert len({tenant.token_secret for tenant in known}) == 2
    assert all(len(tenant.token_secret) >= 43 for tenant in known)


async def test_the_demo_company_is_as_promised(db: Database) -> None:
    await load_tenant(db, NORTHWAVE, TODAY, quiet)
    async with db.transaction("demo") as tx:
        people = [await customers.get_customer(tx, "demo", n) for n in (1, 2, 3)]
        ordered = [o for n in (1, 2, 3) for o in await orders.list_orders(tx, "demo", n)]
        alice = await profiles.find_profile(tx, "demo", 1)
        others = [await profiles.find_profile(tx, "demo", n) for n in (2, 3)]
        open_matters = await tickets.list_tickets(tx, "demo")
        sessions = [i for n in (1, 2) for i in await insights.list_insights(tx, "demo", n)]
        shortcuts = {canned.shortcut for canned in await list_canned(tx, "demo")}
        (subscribed,) = await subscriptions.list_subscriptions(tx, "demo", 1)

    assert [person.name.split()[0] for person in people] == ["Alice", "Bob", "Carol"]
    assert people[0].email == "alice@example.com"
    assert alice is not None
    assert (alice.loyalty_tier, alice.total_spend) == ("silver", Decimal("199.97"))
    assert None not in others
    assert sum(o.amount for o in ordered if o.customer_id == 1) == alice.total_spend
    assert len(ordered) == 5
    assert {"Wireless Headphones", "Phone Case"} <= {order.product for order in ordered}
    assert len(open_matters) == 3
    assert [i.session for i in sessions] == ["demo-session-alice", "demo-session-bob"]
    assert shortcuts == {"/greet", "/thanks", "/refund", "/shipping", "/escalate", "/close"}
    assert (subscribed.plan_name, subscribed.price) == ("Fiber 300", Decimal("49.99"))


async def test_dates_count_from_the_day_of_loading(db: Database) -> None:
    await load_tenant(db, NORTHWAVE, TODAY, quiet)
    async with db.transaction("demo") as tx:
        newest, *_ = await orders.list_orders(tx, "demo", 1)
        alice = await profiles.find_profile(tx, "demo", 1)
    assert newest.ordered_at == datetime(2026, 2, 26, tzinfo=UTC)
    assert alice is not None
    assert alice.last_contact == datetime(2026, 2, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("months_ago", "first"),
    [
        (0, date(2026, 1, 1)),
        (1, date(2025, 12, 1)),
        (12, date(2025, 1, 1)),
        (13, date(2024, 12, 1)),
    ],
)
def test_months_are_counted_over_new_year(months_ago: int, first: date) -> None:
    assert first_of_month(date(2026, 1, 31), months_ago) == first


async def test_rows_of_the_tenants_own_in_the_way_are_a_clear_conflict(db: Database) -> None:
    async with db.transaction("demo") as tx:
        await tx.execute(
            "INSERT INTO customers (tenant, name, email) VALUES ('demo', 'A', 'Alice@Example.com')"
        )
    with pytest.raises(Conflict, match=r"records.yaml: orders: tenant 'demo' has rows of its own"):
        await load_tenant(db, NORTHWAVE, TODAY, quiet)
    async with db.transaction("demo") as tx:
        assert await orders.list_orders(tx, "demo", 3) == []


async def test_a_broken_file_leaves_nothing_behind(db: Database, tmp_path: Path) -> None:
    folder = copytree(NORTHWAVE, tmp_path / "northwave")
    (folder / "records.yaml").write_text("orders: 1")
    with pytest.raises(Invalid):
        await load_tenant(db, folder, TODAY, quiet)
    async with db.ops_transaction() as ops:
        assert await tenants.list_tenants(ops) == []


async def test_dates_among_a_tenants_settings_are_kept_as_text(
    db: Database, tmp_path: Path
) -> None:
    folder = copytree(NORTHWAVE, tmp_path / "northwave")
    (folder / "tenant.yaml").write_text("id: demo\nname: N\nfounded: 2009-05-01\n")
    await load_tenant(db, folder, TODAY, quiet)
    async with db.ops_transaction() as ops:
        assert (await tenants.get_tenant(ops, "demo")).settings == {"founded": "2009-05-01"}
