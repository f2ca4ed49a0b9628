"""Conversations over HTTP: lists, pages, history, closing, and what strangers see: nothing."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.auth.permissions import Permission
from tests.server.callers import (
    ALICE,
    BOB,
    CAROL,
    OTHER_TENANT,
    Callers,
    by,
    history,
    problem,
    same,
    thread,
)

RETURNS = "How long do I have to return a defective item?"
PERSON = "I want to talk to a human agent, please."
Page = dict[str, Any]


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def opened(http: httpx.AsyncClient, message: str = RETURNS, **more: Any) -> str:
    """A new conversation's id."""
    name = thread()
    found = await http.post("/v1/chat", json={"message": message, "conversation_id": name, **more})
    assert found.status_code == 200, found.text
    return name


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
        names = [await opened(carol) for _ in range(5)]
        for limit in (1, 2, 5, 100):
            items = await pages(carol, "/v1/conversations", limit=limit)
            assert [one["id"] for one in items] == names[::-1]
    seen = [one["id"] for one in await pages(admin, "/v1/conversations", limit=3)]
    assert len(seen) == len(set(seen))
    assert set(names) <= set(seen)


async def test_a_conversation_opened_meanwhile_disturbs_no_page(callers: Callers) -> None:
    async with callers.http(await callers.key(*ALL)) as http:
        names = [await opened(http) for _ in range(3)]
        first = await page(http, limit=2)
        await opened(http)
        second = await page(http, limit=2, cursor=first["next"])
    assert [one["id"] for one in first["items"] + second["items"]] == names[::-1]


ALL = (Permission.CHAT, Permission.READ_CONVERSATIONS, Permission.CLOSE_CONVERSATIONS)


async def test_lists_are_filtered_by_customer_status_and_channel(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    alices = await opened(admin, customer_id=ALICE, channel="api")
    bobs = await opened(admin, customer_id=BOB)
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
    name = await opened(admin)
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
    name = await opened(admin)
    for n in range(3):
        await admin.post("/v1/chat", json={"message": f"{n} {RETURNS}", "conversation_id": name})
    whole = await pages(admin, f"/v1/conversations/{name}/messages")
    assert [one["role"] for one in whole] == ["customer", "assistant"] * 4
    assert [one["direction"] for one in whole] == ["inbound", "outbound"] * 4
    for limit in (1, 3, 8):
        assert await pages(admin, f"/v1/conversations/{name}/messages", limit=limit) == whole
    assert (whole[1]["specialist"] is not None) or whole[1]["sources"]


async def test_nothing_internal_is_in_what_a_party_sees(callers: Callers) -> None:
    async with callers.http(await callers.customer(ALICE)) as alice:
        name = await opened(alice)
        one = (await alice.get(f"/v1/conversations/{name}")).json()
        said = (await page(alice, f"/v1/conversations/{name}/messages"))["items"]
    for shown in (one, *said):
        assert not {"party", "lease_token", "turn_id", "digest", "for_people", "tenant"} & set(
            shown
        )
    assert one["created_at"].endswith("Z")


FOREIGN = ["missing", "another customer's", "another tenant's", "a visitor's"]


@pytest.mark.parametrize("whose", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/conversations/{id}", None),
        ("GET", "/v1/conversations/{id}/messages", None),
        ("POST", "/v1/conversations/{id}/close", None),
        ("POST", "/support/invoke", {"resume": {"action": "return"}}),
        ("POST", "/v1/handoffs/{id}/messages", {"message": "Hi"}),
        ("POST", "/v1/handoffs/{id}/resolve", {"return_to_ai": True}),
    ],
)
async def test_a_foreign_conversation_looks_like_one_that_never_was(
    callers: Callers, whose: str, method: str, path: str, body: Any
) -> None:
    name = thread()
    owner = {
        "another customer's": await callers.customer(BOB),
        "another tenant's": await callers.customer(ALICE),
        "a visitor's": {},
    }.get(whose)
    if owner is not None:
        async with callers.http(owner) as http:
            await http.post("/v1/chat", json={"message": PERSON, "conversation_id": name})
    people = "handoffs" in path or "support" in path
    if people:  # an operator sees all of their own tenant, so only another tenant's is foreign
        asking = await callers.key(tenant=OTHER_TENANT, role="admin")
    elif whose == "another tenant's":
        asking = await callers.customer(ALICE, OTHER_TENANT)
    else:
        asking = await callers.customer(ALICE)
    if path == "/support/invoke":
        body = {"input": body, "config": {"configurable": {"thread_id": name}}}
    async with callers.http(asking) as http:
        found = await http.request(method, path.format(id=name), json=body)
    document = same(problem(found, 404))
    assert document == {
        "type": "/problems/not_found",
        "title": "Not found",
        "status": 404,
        "detail": f"conversation '{name}' not found",
    }
    if owner is not None:
        assert len(await history(callers, name)) == 2


async def test_a_foreign_conversation_takes_no_message(callers: Callers) -> None:
    async with callers.http(await callers.customer(BOB)) as bob:
        name = await opened(bob)
    for headers in (await callers.customer(ALICE), {}, callers.admin):
        async with callers.http(headers) as http:
            found = await http.post("/v1/chat", json={"message": "x", "conversation_id": name})
        assert problem(found, 404)["detail"] == f"conversation '{name}' not found"
    assert by(await history(callers, name), "customer") == [RETURNS]


async def test_closing_tells_what_came_of_it(admin: httpx.AsyncClient) -> None:
    name = await opened(admin)
    closed = await admin.post(f"/v1/conversations/{name}/close")
    assert closed.json() == {
        "conversation_id": name,
        "resolution_status": "resolved",
        "sentiment_drift": None,
        "message": "Conversation closed",
    }
    shown = (await admin.get(f"/v1/conversations/{name}")).json()
    assert (shown["status"], shown["owner"]) == ("closed", "closed")
    again = await admin.post(f"/v1/conversations/{name}/close")
    assert again.json() == closed.json()


async def test_a_message_opens_a_closed_conversation_again(admin: httpx.AsyncClient) -> None:
    name = await opened(admin, message_id="first")
    await admin.post(f"/v1/conversations/{name}/close")
    body = {"message": RETURNS, "conversation_id": name}
    repeated = await admin.post("/v1/chat", json={**body, "message_id": "first"})
    assert repeated.json()["message_id"] == "first"
    assert (await admin.get(f"/v1/conversations/{name}")).json()["status"] == "closed"
    fresh = await admin.post("/v1/chat", json=body)
    assert "30 days" in fresh.json()["response"]
    shown = (await admin.get(f"/v1/conversations/{name}")).json()
    assert (shown["status"], shown["owner"]) == ("active", "ai")


async def test_a_customer_cannot_close_what_people_have(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    async with callers.http(await callers.customer(ALICE)) as alice:
        name = await opened(alice, PERSON)
        problem(await alice.post(f"/v1/conversations/{name}/close"), 409)
    closed = await admin.post(f"/v1/conversations/{name}/close")
    assert closed.json()["resolution_status"] == "escalated"
    problem(await admin.post(f"/v1/handoffs/{name}/resolve", json={"return_to_ai": True}), 409)
    waiting = (await admin.get("/v1/handoffs", params={"limit": 100})).json()["items"]
    assert {h["status"] for h in waiting if h["conversation_id"] == name} == {"resolved"}


async def test_after_people_closed_it_the_assistant_answers_the_next_message(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    async with callers.http(await callers.customer(ALICE)) as alice:
        name = await opened(alice, PERSON)
        await admin.post(f"/v1/conversations/{name}/close")
        found = await alice.post("/v1/chat", json={"message": RETURNS, "conversation_id": name})
        assert "30 days" in found.json()["response"]
        second = await alice.post("/v1/chat", json={"message": PERSON, "conversation_id": name})
    assert second.json()["handoff"] is True
    back = await admin.post(f"/v1/handoffs/{name}/resolve", json={"return_to_ai": True})
    assert back.json()["status"] == "returned"


async def test_an_unanswered_conversation_is_unresolved(callers: Callers) -> None:
    async with callers.http(await callers.key(*ALL)) as http:
        name = await opened(http, PERSON)
        problem(await http.post(f"/v1/conversations/{name}/close"), 409)
