from collections.abc import Callable
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


Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def end_with(more: str) -> Edit:
    return lambda text: f"{text}\n{more}\n"


BROKEN: list[tuple[str, Edit, str]] = [
    ("tenant.yaml", lambda _: "- a list", "northwave/tenant.yaml: must be a mapping"),
    (
        "tenant.yaml",
        swap("id: demo", "id: De:mo"),
        "northwave/tenant.yaml: id: String should match",
    ),
    ("tenant.yaml", swap("name:", "title:"), "northwave/tenant.yaml: name is missing; add it"),
    ("plans.yaml", lambda _: "plans: {}", "northwave/plans.yaml: must be a list of entries"),
    (
        "plans.yaml",
        swap("price: 49.99", "price: cheap"),
        "northwave/plans.yaml, entry 2 (id fiber-300): price: Input should be a valid decimal",
    ),
    (
        "plans.yaml",
        swap("id: fiber-300", "id: home-50"),
        "northwave/plans.yaml, entry 2: id 'home-50' is that of entry 1 already; choose another",
    ),
    (
        "canned.yaml",
        swap("shortcut: /refund", "shortcut: /greet"),
        "northwave/canned.yaml, entry 3: shortcut '/greet' is that of entry 1 already",
    ),
    (
        "canned.yaml",
        swap("shortcut: /refund", "shortcut: refund"),
        "northwave/canned.yaml, entry 3 (shortcut refund): shortcut: String should match",
    ),
    ("records.yaml", lambda _: "[]", "northwave/records.yaml: must be a mapping of customers, or"),
    ("records.yaml", lambda _: "orders: [", "northwave/records.yaml: line 1 is no YAML"),
    ("records.yaml", lambda _: "orders: {id: 1}", "northwave/records.yaml: orders: must be a list"),
    (
        "records.yaml",
        end_with("parcels: []"),
        "northwave/records.yaml: parcels: no such section; there are customers, orders",
    ),
    (
        "records.yaml",
        swap("status: delivered", "status: lost"),
        "northwave/records.yaml: orders, entry 1 (id 1): status: Input should be 'processing'",
    ),
    (
        "records.yaml",
        swap("product: Phone Case, amount: 29.99", "product: Phone Case"),
        "northwave/records.yaml: orders, entry 2 (id 2): amount is missing; add it",
    ),
    (
        "records.yaml",
        swap("days_ago: 18", "days_ago: 18, colour: red"),
        "northwave/records.yaml: orders, entry 1 (id 1): colour is no field of such an entry",
    ),
    (
        "records.yaml",
        swap("days_ago: 18", "days_ago: -1"),
        "northwave/records.yaml: orders, entry 1 (id 1): days_ago: Input should be greater",
    ),
    (
        "records.yaml",
        swap("{id: 4, customer_id: 2", "{id: 4, customer_id: 9"),
        "northwave/records.yaml: orders, entry 4: customer_id 9 is no customer of these files",
    ),
    (
        "records.yaml",
        swap("plan: mobile-40", "plan: mobile-41"),
        "northwave/records.yaml: customers, entry 3: plan 'mobile-41' is no plan of these files",
    ),
    (
        "records.yaml",
        swap("bob@example.com", "ALICE@example.com"),
        "northwave/records.yaml: customers, entry 2: email 'ALICE@example.com' is that of entry 1",
    ),
    (
        "records.yaml",
        swap("session: demo-session-bob", "session: demo-session-alice"),
        "northwave/records.yaml: insights, entry 2: session 'demo-session-alice' is that of",
    ),
]


@pytest.mark.parametrize(("file", "edit", "said"), BROKEN, ids=[said for _, _, said in BROKEN])
def test_a_broken_file_is_named_with_the_entry_and_what_to_do(
    tmp_path: Path, file: str, edit: Edit, said: str
) -> None:
    folder = copytree(NORTHWAVE, tmp_path / "northwave")
    (folder / file).write_text(edit((folder / file).read_text("utf-8")), "utf-8")
    with pytest.raises(Invalid) as refused:
        read_content(folder)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("file", ["tenant.yaml", "plans.yaml", "canned.yaml", "records.yaml"])
def test_a_missing_file_and_a_wrong_encoding_are_named(tmp_path: Path, file: str) -> None:
    folder = copytree(NORTHWAVE, tmp_path / "northwave")
    (folder / file).write_bytes(b"name: \xff")
    with pytest.raises(Invalid, match=f"northwave/{file}: the file is not UTF-8; save it as UTF-8"):
        read_content(folder)
    (folder / file).unlink()
    with pytest.raises(Invalid, match=f"northwave/{file}: the file is missing"):
        read_content(folder)


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
