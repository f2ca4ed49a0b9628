"""Customers over HTTP: their records, page by page, and whom they are shown to."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.auth.permissions import Permission
from tests.server.callers import ALICE, BOB, OTHER_TENANT, Callers, problem, same

PARTS = ("", "/orders", "/tickets", "/invoices", "/profile")
READ = (Permission.READ_CUSTOMERS, Permission.READ_PROFILES)


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


@pytest.fixture(scope="module")
async def alice(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(await callers.customer(ALICE)) as http:
        yield http


async def items(http: httpx.AsyncClient, path: str, limit: int) -> list[dict[str, Any]]:
    """All of a list, by following `next`."""
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": limit}
    while True:
        page = (await http.get(path, params=asked)).json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


async def test_a_customer_is_shown_with_the_fields_of_the_specification(
    admin: httpx.AsyncClient,
) -> None:
    shown = (await admin.get(f"/v1/customers/{ALICE}")).json()
    assert set(shown) == {
        *("id", "name", "email", "phone", "sentiment_score", "created_at", "updated_at")
    }
    assert (shown["id"], shown["email"]) == (ALICE, "alice@example.com")


@pytest.mark.parametrize("part", ["orders", "tickets", "invoices"])
async def test_pages_of_a_list_miss_nothing_and_repeat_nothing(
    admin: httpx.AsyncClient, part: str
) -> None:
    whole = await items(admin, f"/v1/customers/{ALICE}/{part}", 100)
    assert whole
    assert all(one["customer_id"] == ALICE for one in whole)
    assert await items(admin, f"/v1/customers/{ALICE}/{part}", 1) == whole


async def test_amounts_keep_their_digits(admin: httpx.AsyncClient) -> None:
    spent = (await admin.get(f"/v1/customers/{ALICE}/profile")).json()
    assert (spent["total_spend"], spent["loyalty_tier"]) == ("199.97", "silver")


async def test_customers_see_themselves_but_not_what_is_thought_of_them(
    alice: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    for part in PARTS[:4]:
        theirs = (await alice.get(f"/v1/customers/{ALICE}{part}")).json()
        ours = (await admin.get(f"/v1/customers/{ALICE}{part}")).json()
        assert theirs | {"sentiment_score": 0} == ours | {"sentiment_score": 0}
    assert (await alice.get(f"/v1/customers/{ALICE}")).json()["sentiment_score"] is None
    problem(await alice.get(f"/v1/customers/{ALICE}/profile"), 403)


@pytest.mark.parametrize("part", PARTS[:4])
async def test_somebody_else_looks_like_nobody(callers: Callers, part: str) -> None:
    keys = {
        "another customer": await callers.customer(ALICE),
        "a key that acts for nobody": await callers.key(*READ),
    }
    for who, headers in keys.items():
        async with callers.http(headers) as http:
            theirs = problem(await http.get(f"/v1/customers/{BOB}{part}"), 404)
            nobodys = problem(await http.get(f"/v1/customers/404404{part}"), 404)
        assert theirs["detail"] == f"customer '{BOB}' not found", who
        assert same(theirs) | {"detail": ""} == same(nobodys) | {"detail": ""}


async def test_a_back_end_that_acts_for_customers_reads_them(callers: Callers) -> None:
    async with callers.http(await callers.key(*READ, Permission.ACT_FOR_CUSTOMERS)) as http:
        for part in PARTS:
            assert (await http.get(f"/v1/customers/{BOB}{part}")).status_code == 200


async def test_another_tenants_customer_of_the_same_number_is_another_one(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        theirs = (await http.get(f"/v1/customers/{ALICE}")).json()
    ours = (await admin.get(f"/v1/customers/{ALICE}")).json()
    assert theirs["email"] != ours["email"]


async def test_a_customer_without_sessions_has_no_profile_yet(
    admin: httpx.AsyncClient, callers: Callers
) -> None:
    async with callers.database.transaction("demo") as db:
        await db.execute(
            "INSERT INTO customers (tenant, id, name, email) VALUES ('demo', 77, 'N', 'n@x.y')"
        )
    assert "profile" in problem(await admin.get("/v1/customers/77/profile"), 404)["detail"]


@pytest.mark.parametrize("bad", ["0", "-1", "x", "1.5", "1e3", "9" * 25])
async def test_a_number_that_is_none_is_named(admin: httpx.AsyncClient, bad: str) -> None:
    found = problem(await admin.get(f"/v1/customers/{bad}/orders"), 422)
    assert found["errors"][0]["field"] == "path.customer_id"


@pytest.mark.parametrize("part", ["orders", "tickets", "invoices"])
@pytest.mark.parametrize("made_up", ["x", "WyJ5ZXN0ZXJkYXkiLDFd", "W10", "WzEsMV0"])
async def test_a_made_up_cursor_is_refused(
    admin: httpx.AsyncClient, part: str, made_up: str
) -> None:
    found = await admin.get(f"/v1/customers/{ALICE}/{part}", params={"cursor": made_up})
    assert problem(found, 422)["errors"][0]["field"] == "cursor"
