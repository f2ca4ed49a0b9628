"""Conversations over HTTP: lists, pages, history, and cursors that nobody made."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.auth.permissions import Permission
from server.settings import DEMO_TENANT
from tests.server.callers import (
    ALICE,
    BOB,
    CAROL,
    Callers,
    opened,
    problem,
)

RETURNS = "How long do I have to return a defective item?"
Page = dict[str, Any]
ALL = (Permission.CHAT, Permission.READ_CONVERSATIONS, Permission.CLOSE_CONVERSATIONS)


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def page(http: httpx.AsyncClient, path: str = "/v1/conversations", **asked: Any) -> Page:
    found = await http.get(path, params=asked)
    assert found.status_code == 200, found.text
    body: Page = found.json()
    assert set(body) == {"items", "next"}
    return body


async def pages(http: httpx.AsyncClient, path: str, **asked: Any) -> list[dict[str, Any]]:
    """All items, by following `next`."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        body = await page(http, path, **asked, **cursor)
        items += body["items"]
        assert len(body["items"]) <= asked.get("limit", 100)
        if body["next"] is None:
            return items
        cursor = {"cursor": body["next"]}


async def test_the_newest_conversation_comes_first_and_pages_miss_none(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    async with callers.http(await callers.customer(CAROL)) as carol:
        names = [await opened(carol, RETURNS) for _ in range(5)]
        for limit in (1, 2, 5, 100):
            items = await pages(carol, "/v1/conversations", limit=limit)
            assert [one["id"] for one in items] == names[::-1]
    seen = [one["id"] for one in await pages(admin, "/v1/conversations", limit=3)]
    assert len(seen) == len(set(seen))
    assert set(names) <= set(seen)


async def test_a_conversation_opened_meanwhile_disturbs_no_page(callers: Callers) -> None:
    async with callers.http(await callers.key(*ALL)) as http:
        names = [await opened(http, RETURNS) for _ in range(3)]
        first = await page(http, limit=2)
        await opened(http, RETURNS)
        second = await page(http, limit=2, cursor=first["next"])
    assert [one["id"] for one in first["items"] + second["items"]] == names[::-1]


async def test_lists_are_filtered_by_customer_status_and_channel(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    alices = await opened(admin, RETURNS, customer_id=ALICE, channel="api")
    bobs = await opened(admin, RETURNS, customer_id=BOB)
    await admin.post(f"/v1/conversations/{bobs}/close")

    async def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in await pages(admin, "/v1/conversations", **asked)]

    assert alices in await ids(customer_id=ALICE, status="active", channel="api")
    assert bobs in await ids(customer_id=BOB, status="closed", channel="web")
    assert bobs not in await ids(customer_id=BOB, status="active")
    assert alices not in await ids(customer_id=BOB)
    assert alices not in await ids(channel="email")
    for one in (await page(admin, customer_id=ALICE))["items"]:
        assert one["customer_id"] == ALICE


async def test_whom_a_party_only_claims_to_be_is_shown_to_colleagues_alone(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    """To the party it would tell that there is such a customer, to the customer a stranger's."""
    async with callers.http(await callers.key(*ALL)) as app:
        name = await opened(app, RETURNS)
        async with callers.database.transaction(DEMO_TENANT) as db:
            await db.execute(
                "UPDATE conversations SET customer_id = %s, identity = 'claimed' WHERE id = %s",
                [ALICE, name],
            )
        assert (await page(app, customer_id=ALICE))["items"] == []
        assert (await app.get(f"/v1/conversations/{name}")).json()["customer_id"] is None
        (listed,) = (await page(app))["items"]
        assert listed["customer_id"] is None
    async with callers.http(await callers.customer(ALICE)) as alice:
        assert name not in {one["id"] for one in await pages(alice, "/v1/conversations")}
        problem(await alice.get(f"/v1/conversations/{name}"), 404)
    assert (await admin.get(f"/v1/conversations/{name}")).json()["customer_id"] == ALICE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "1e2"),
        ("limit", "9" * 30),
        ("status", "open"),
        ("channel", "fax"),
        ("customer_id", "0"),
        ("customer_id", "x"),
        ("customer_id", str(2**64)),
        ("cursor", "x" * 401),
    ],
)
async def test_a_bad_filter_is_named(admin: httpx.AsyncClient, field: str, value: str) -> None:
    found = await admin.get("/v1/conversations", params={field: value})
    assert problem(found, 422)["errors"][0]["field"] == f"query.{field}"


def cursor(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "made_up",
    [
        "",
        "x",
        "é",
        "!!!!",
        cursor(),
        cursor(1),
        cursor("2026-03-01T00:00:00+00:00"),
        cursor("2026-03-01T00:00:00+00:00", "a", "b"),
        cursor("2026-03-01T00:00:00+00:00", 5),
        cursor("yesterday", "a"),
        cursor("2026-03-01T00:00:00+00:00", "a\x00"),
        cursor("2026-03-01T00:00:00+00:00", "a\ud800"),
        cursor(None, None),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 290).decode(),
    ],
    ids=lambda made_up: repr(made_up)[:30],
)
async def test_a_made_up_cursor_of_conversations_is_refused(
    admin: httpx.AsyncClient, made_up: str
) -> None:
    found = await admin.get("/v1/conversations", params={"cursor": made_up})
    assert problem(found, 422)["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    "made_up",
    [cursor("1"), cursor(1.5), cursor(True), cursor(2**63), cursor(-(10**40)), cursor(1, 2), "x"],
)
async def test_a_made_up_cursor_of_messages_is_refused(
    admin: httpx.AsyncClient, made_up: str
) -> None:
    name = await opened(admin, RETURNS)
    found = await admin.get(f"/v1/conversations/{name}/messages", params={"cursor": made_up})
    assert problem(found, 422)["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    "far", [cursor("0001-01-01T00:00:00+23:59", "a"), cursor("9999-12-31T23:59:59-23:59", "a")]
)
async def test_a_cursor_from_the_end_of_time_is_no_failure(
    admin: httpx.AsyncClient, far: str
) -> None:
    assert (await admin.get("/v1/conversations", params={"cursor": far})).status_code == 200


async def test_the_history_is_in_order_and_in_pages(admin: httpx.AsyncClient) -> None:
    name = await opened(admin, RETURNS)
    for words in ("When does the store open?", "How do I reset the Hub?", "How do I pay a bill?"):
        await admin.post("/v1/chat", json={"message": words, "conversation_id": name})
    whole = await pages(admin, f"/v1/conversations/{name}/messages")
    assert [one["role"] for one in whole] == ["customer", "assistant"] * 4
    assert [one["direction"] for one in whole] == ["inbound", "outbound"] * 4
    for limit in (1, 3, 8):
        assert await pages(admin, f"/v1/conversations/{name}/messages", limit=limit) == whole
    assert (whole[1]["specialist"] is not None) or whole[1]["sources"]


async def test_nothing_internal_is_in_what_a_party_sees(callers: Callers) -> None:
    async with callers.http(await callers.customer(ALICE)) as alice:
        name = await opened(alice, RETURNS)
        one = (await alice.get(f"/v1/conversations/{name}")).json()
        said = (await page(alice, f"/v1/conversations/{name}/messages"))["items"]
    for shown in (one, *said):
        assert not {"party", "lease_token", "turn_id", "digest", "for_people", "tenant"} & set(
            shown
        )
    assert one["created_at"].endswith("Z")
