"""Tickets over HTTP: who opens, sees and moves which."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.auth.permissions import Permission
from tests.server.callers import ALICE, BOB, OTHER_TENANT, Callers, Headers, opened, problem, same

ALL = (Permission.READ_TICKETS, Permission.CREATE_TICKETS, Permission.UPDATE_TICKETS)
NEW = {"subject": "Router restarts", "description": "Every night."}


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def post(callers: Callers, headers: Headers, **body: Any) -> httpx.Response:
    async with callers.http(headers) as http:
        return await http.post("/v1/tickets", json=NEW | body)


async def audited(callers: Callers, operation: str) -> list[dict[str, Any]]:
    async with callers.database.transaction("demo") as db:
        cursor = await db.execute(
            "SELECT actor, customer_id, before, after FROM writes WHERE operation = %s"
            " ORDER BY created_at",
            [operation],
        )
        names = ("actor", "customer_id", "before", "after")
        return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


async def test_a_customers_ticket_is_their_own_and_written_down(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    found = await post(callers, await callers.customer(ALICE))
    assert found.status_code == 201
    ticket = found.json()
    assert (ticket["customer_id"], ticket["status"], ticket["channel"]) == (ALICE, "open", "api")
    async with callers.http(await callers.customer(ALICE)) as alice:
        mine = (await alice.get("/v1/tickets", params={"limit": 1})).json()["items"]
    assert mine == [ticket]
    entry = (await audited(callers, "open_ticket"))[-1]
    assert (entry["actor"], entry["customer_id"]) == ("customer/customer:1", ALICE)
    assert entry["after"]["id"] == ticket["id"]


async def test_a_list_holds_the_callers_own_only(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    await post(callers, await callers.customer(BOB))
    async with callers.http(await callers.customer(ALICE)) as alice:
        for asked in ({}, {"customer_id": BOB}, {"customer_id": 404_404}):
            listed = (await alice.get("/v1/tickets", params=asked)).json()
            assert {one["customer_id"] for one in listed["items"]} <= {ALICE}
            assert bool(listed["items"]) is (not asked)
    everybodys = (await admin.get("/v1/tickets", params={"limit": 100})).json()["items"]
    assert {ALICE, BOB} <= {one["customer_id"] for one in everybodys}


async def test_lists_are_filtered_and_their_pages_miss_none(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    made = [(await post(callers, callers.admin, customer_id=BOB)).json()["id"] for _ in range(3)]
    for number in made:
        await admin.put(f"/v1/tickets/{number}", json={"assigned_to": "sam"})
    await admin.put(f"/v1/tickets/{made[0]}", json={"status": "resolved"})
    asked: dict[str, Any] = {"assigned_to": "sam", "status": "open", "limit": 1}
    seen = []
    while True:
        page = (await admin.get("/v1/tickets", params=asked)).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert seen == [made[2], made[1]]


async def test_a_visitor_has_no_tickets(callers: Callers) -> None:
    async with callers.http() as http:
        first = await http.post("/v1/chat", json={"message": "Hello"})
        token = {"x-conversation-token": first.json()["conversation_token"]}
        assert (await http.get("/v1/tickets", headers=token)).json()["items"] == []
        problem(await http.post("/v1/tickets", json=NEW, headers=token), 403)
        problem(await http.post("/v1/tickets", json=NEW), 401)


async def test_a_customer_opens_no_ticket_for_somebody_else(callers: Callers) -> None:
    found = problem(await post(callers, await callers.customer(ALICE), customer_id=BOB), 422)
    assert found["errors"][0]["field"] == "customer_id"


async def test_a_back_end_names_a_customer_it_may_speak_for(callers: Callers) -> None:
    acting = await callers.key(*ALL, Permission.ACT_FOR_CUSTOMERS)
    assert (await post(callers, acting, customer_id=BOB)).json()["customer_id"] == BOB
    problem(await post(callers, acting), 422)
    problem(await post(callers, acting, customer_id=404_404), 404)
    problem(await post(callers, await callers.key(*ALL), customer_id=BOB), 403)


async def test_a_ticket_hangs_on_a_conversation_of_the_same_customer(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    bobs = await opened(admin, "Hello", customer_id=BOB, channel="web")
    within = await post(callers, callers.admin, conversation_id=bobs)
    assert (within.json()["customer_id"], within.json()["channel"]) == (BOB, "web")
    for foreign in (bobs, "nowhere"):
        refused = await post(callers, await callers.customer(ALICE), conversation_id=foreign)
        assert problem(refused, 404)["detail"] == f"conversation '{foreign}' not found"


async def test_a_ticket_moves_on_and_can_be_taken_off_somebody(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    number = (await post(callers, await callers.customer(ALICE))).json()["id"]
    path = f"/v1/tickets/{number}"
    taken = await admin.put(path, json={"status": "in_progress", "assigned_to": "sam"})
    assert (taken.json()["status"], taken.json()["assigned_to"]) == ("in_progress", "sam")
    kept = await admin.put(path, json={"status": "escalated"})
    assert kept.json()["assigned_to"] == "sam"
    freed = await admin.put(path, json={"assigned_to": None})
    assert (freed.json()["status"], freed.json()["assigned_to"]) == ("escalated", None)
    last = (await audited(callers, "change_ticket"))[-1]
    assert (last["before"]["assigned_to"], last["customer_id"]) == ("sam", ALICE)


async def test_a_foreign_ticket_looks_like_none(callers: Callers) -> None:
    number = (await post(callers, await callers.customer(ALICE))).json()["id"]
    strangers = {
        "another tenant's admin": await callers.key(tenant=OTHER_TENANT, role="admin"),
        "a key that acts for nobody": await callers.key(*ALL),
    }
    for headers in strangers.values():
        async with callers.http(headers) as http:
            theirs = await http.put(f"/v1/tickets/{number}", json={"status": "resolved"})
            nobodys = await http.put("/v1/tickets/404404", json={"status": "resolved"})
        assert problem(theirs, 404)["detail"] == f"ticket '{number}' not found"
        assert same(theirs.json()) | {"detail": 0} == same(nobodys.json()) | {"detail": 0}


async def test_the_same_request_under_one_key_is_done_once(callers: Callers) -> None:
    alice = await callers.customer(ALICE)
    once = {**alice, "idempotency-key": "ticket-1"}
    answers = [await post(callers, once) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    problem(await post(callers, once, subject="Another matter"), 409)
    bobs = await post(callers, {**await callers.customer(BOB), "idempotency-key": "ticket-1"})
    assert bobs.json()["customer_id"] == BOB


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"description": "x" * 8001}, "description"),
        ({"priority": "urgent"}, "priority"),
        ({"customer_id": "1"}, "customer_id"),
        ({"customer_id": 0}, "customer_id"),
        ({"conversation_id": "a b"}, "conversation_id"),
        ({"channel": "fax"}, "channel"),
        ({"status": "open"}, "status"),
    ],
)
async def test_a_bad_ticket_is_refused_by_its_field(
    callers: Callers, body: dict[str, Any], field: str
) -> None:
    found = problem(await post(callers, callers.admin, **body), 422)
    assert found["errors"][0]["field"] == field


@pytest.mark.parametrize("body", [{}, {"status": "done"}, {"assigned_to": ""}, {"subject": "x"}])
async def test_a_bad_change_is_refused(admin: httpx.AsyncClient, body: dict[str, Any]) -> None:
    problem(await admin.put("/v1/tickets/1", json=body), 422)
