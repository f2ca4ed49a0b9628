"""Conversations over HTTP: what strangers see (nothing), closing, and opening again."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.auth.permissions import Permission
from tests.server.callers import (
    ALICE,
    BOB,
    OTHER_TENANT,
    Callers,
    by,
    history,
    opened,
    problem,
    same,
    thread,
)

RETURNS = "How long do I have to return a defective item?"
PERSON = "I want to talk to a human agent, please."
ALL = (Permission.CHAT, Permission.READ_CONVERSATIONS, Permission.CLOSE_CONVERSATIONS)


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


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
        name = await opened(bob, RETURNS)
    for headers in (await callers.customer(ALICE), {}, callers.admin):
        async with callers.http(headers) as http:
            found = await http.post("/v1/chat", json={"message": "x", "conversation_id": name})
        assert problem(found, 404)["detail"] == f"conversation '{name}' not found"
    assert by(await history(callers, name), "customer") == [RETURNS]


async def test_closing_tells_what_came_of_it(admin: httpx.AsyncClient) -> None:
    name = await opened(admin, RETURNS)
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
    name = await opened(admin, RETURNS, message_id="first")
    await admin.post(f"/v1/conversations/{name}/close")
    body = {"message": RETURNS, "conversation_id": name}
    repeated = await admin.post("/v1/chat", json={**body, "message_id": "first"})
    assert repeated.json()["message_id"] == "first"
    assert (await admin.get(f"/v1/conversations/{name}")).json()["status"] == "closed"
    fresh = await admin.post("/v1/chat", json=body | {"message": "When does the store open?"})
    assert fresh.json()["answered_by"] == "knowledge"
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


async def test_closing_under_one_key_is_done_once(callers: Callers) -> None:
    once = {"idempotency-key": "close-1"}
    async with callers.http(await callers.customer(ALICE)) as alice:
        name = await opened(alice, RETURNS)
        path = f"/v1/conversations/{name}/close"
        first = await alice.post(path, headers=once)
        await alice.post("/v1/chat", json={"message": RETURNS, "conversation_id": name})
        assert (await alice.post(path, headers=once)).json() == first.json()
        assert (await alice.get(f"/v1/conversations/{name}")).json()["status"] == "active"
        other = await opened(alice, RETURNS)
        problem(await alice.post(f"/v1/conversations/{other}/close", headers=once), 409)
