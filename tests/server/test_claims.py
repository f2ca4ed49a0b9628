"""Operators share the queue: who takes what, keeps it, passes it on; from two servers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from data import handoffs
from data.db import Database
from data.scope import Role, Scope
from server.handoffs import shown
from server.sockets.connection import RECHECK_S
from tests.served import served
from tests.server.callers import ALICE, BOB, Callers, by, history, on, problem, says, thread
from tests.server.people import signed_in
from tests.server.wires import wired

PERSON = "I want to talk to a human about order 2, please."
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class People:
    """Two operators, an admin's key, and somebody at another server on the same database."""

    sam: httpx.AsyncClient
    lea: httpx.AsyncClient
    admin: httpx.AsyncClient
    far: httpx.AsyncClient
    lea_id: str
    emails: tuple[str, str]


@pytest.fixture(scope="module")
async def people(callers: Callers, seeded_url: str, data_dir: Path) -> AsyncIterator[People]:
    async with callers.http(callers.admin) as admin:
        sam, lea = await signed_in(admin), await signed_in(admin)
        async with (
            served(seeded_url, data_dir) as other,
            callers.http(sam.headers) as sams,
            callers.http(lea.headers) as leas,
            httpx.AsyncClient(base_url=other.url, headers=lea.headers, timeout=60) as far,
        ):
            emails = (sam.email, lea.email)
            yield People(sams, leas, admin, far, lea.ids["operator_id"], emails)


async def waiting(callers: Callers, customer: int = ALICE, words: str = PERSON) -> str:
    """The address of a conversation that waits for people."""
    name = thread()
    answer = await callers.remote(await callers.customer(customer)).ainvoke(says(words), on(name))
    assert answer["handoff"] is True
    return f"/v1/handoffs/{name}"


async def done(response: httpx.Response, status: int = 200) -> Json:
    assert response.status_code == status, response.text
    body: Json = response.json()
    return body


async def lapse(rows: Database, path: str) -> None:
    """As if nobody had given a sign of life for an hour; the job has not looked yet."""
    async with rows.transaction("demo") as db:
        await db.execute(
            "UPDATE handoffs SET claim_until = now() - interval '1 second'"
            " WHERE conversation_id = %s",
            [path.rpartition("/")[2]],
        )


async def test_of_operators_at_two_servers_one_gets_it_and_the_others_hear_who(
    callers: Callers, people: People
) -> None:
    path = await waiting(callers)
    both = people.sam, people.far
    answers = await asyncio.gather(*(each.post(f"{path}/accept") for each in both))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert won["assigned_name"] in people.emails
    assert won["assigned_name"] in problem(lost, 409)["detail"]
    assert (won["status"], won["rung"], won["ended_at"]) == ("accepted", 0, None)
    shown = await done(await people.admin.get(f"/v1/conversations/{path.rpartition('/')[2]}"))
    assert shown["owner"] == "operator"


async def test_only_who_has_it_speaks_and_ends_it(callers: Callers, people: People) -> None:
    path = await waiting(callers)
    await done(await people.sam.post(f"{path}/accept"))
    for act, body in (
        ("messages", {"message": "Hi"}),
        ("resolve", {"return_to_ai": True}),
        ("assign", {"to": None}),
        ("snooze", {"until": f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}),
    ):
        refused = await people.far.post(f"{path}/{act}", json=body)
        assert people.emails[0] in problem(refused, 409)["detail"], act
    assert by(await history(callers, path.rpartition("/")[2]), "operator") == []
    await done(await people.sam.post(f"{path}/messages", json={"message": "Hi"}), 201)


async def test_a_sign_of_life_keeps_the_claim_and_without_one_another_may_have_it(
    callers: Callers, people: People, rows: Database
) -> None:
    path = await waiting(callers)
    first = await done(await people.sam.post(f"{path}/accept"))
    kept = await done(await people.sam.post(f"{path}/heartbeat"))
    assert kept["claim_until"] > first["claim_until"]
    problem(await people.lea.post(f"{path}/heartbeat"), 409)
    await lapse(rows, path)
    await done(await people.far.post(f"{path}/accept"))
    lost = problem(await people.sam.post(f"{path}/heartbeat"), 409)
    assert people.emails[1] in lost["detail"]


async def test_who_looks_on_through_a_socket_keeps_what_is_theirs_and_nothing_else(
    callers: Callers, rows: Database
) -> None:
    path = await waiting(callers)
    name = path.rpartition("/")[2]
    async with callers.http(callers.admin) as http:
        kim, lee = await signed_in(http), await signed_in(http)
    async with callers.http(kim.headers) as hers:
        first = await done(await hers.post(f"{path}/accept"))
        async with wired(callers.server.url, f"/ws/operator/{name}", lee.headers) as onlooker:
            await onlooker.kind("presence")
            await asyncio.sleep(RECHECK_S + 0.2)
            assert await claim_until(rows, name) == first["claim_until"]
            async with wired(callers.server.url, f"/ws/operator/{name}", kim.headers) as holder:
                await holder.kind("presence")
                async with asyncio.timeout(20):
                    while await claim_until(rows, name) == first["claim_until"]:
                        await asyncio.sleep(0.1)


async def claim_until(rows: Database, name: str) -> str:
    """As the API writes it."""
    async with rows.transaction("demo") as db:
        found = await handoffs.find_last(db, Scope("demo", Role.SYSTEM, "test", name))
    assert found
    return str(shown(found).model_dump(mode="json")["claim_until"])


async def test_the_job_puts_a_lapsed_one_back_into_the_queue(
    callers: Callers, people: People, rows: Database
) -> None:
    path = await waiting(callers)
    await done(await people.sam.post(f"{path}/accept"))
    await lapse(rows, path)
    async with asyncio.timeout(30):
        while True:
            found = await done(await people.admin.get("/v1/handoffs", params={"limit": 100}))
            (entry,) = [h for h in found["items"] if path.endswith(h["conversation_id"])]
            if entry["status"] == "pending":
                break
            await asyncio.sleep(0.2)
    assert (entry["assigned_to"], entry["rung"]) == (None, 1)
    gone = problem(await people.sam.post(f"{path}/heartbeat"), 409)
    assert "accept it once more" in gone["detail"]


async def test_it_is_passed_on_and_back(callers: Callers, people: People) -> None:
    path = await waiting(callers)
    await done(await people.sam.post(f"{path}/accept"))
    to_lea = {"to": people.lea_id}
    given = await done(await people.sam.post(f"{path}/assign", json=to_lea))
    assert given["assigned_name"] == people.emails[1]
    mine = await done(await people.lea.get("/v1/handoffs", params={"mine": True}))
    assert path.endswith(mine["items"][0]["conversation_id"])
    problem(await people.sam.post(f"{path}/messages", json={"message": "Hi"}), 409)
    back = await done(await people.admin.post(f"{path}/assign", json={"to": None}))
    assert (back["status"], back["assigned_to"]) == ("pending", None)
    nobody = {"to": "9d3f0f0e-6a52-4e0e-8c7e-5a8c4f6d2b11"}
    refused = problem(await people.sam.post(f"{path}/assign", json=nobody), 422)
    assert refused["errors"][0]["field"] == "to"


async def test_a_snoozed_one_is_kept_until_the_customer_writes(
    callers: Callers, people: People
) -> None:
    path = await waiting(callers)
    until = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    asleep = await done(await people.sam.post(f"{path}/snooze", json={"until": until}))
    assert asleep["snoozed_until"] == asleep["claim_until"] == until
    remote = callers.remote(await callers.customer(ALICE))
    assert (await remote.ainvoke(says("hello?"), on(path.rpartition("/")[2])))["response"] is None
    awake = await done(await people.sam.post(f"{path}/heartbeat"))
    assert awake["snoozed_until"] is None
    for over in ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"):
        problem(await people.sam.post(f"{path}/snooze", json={"until": over}), 422)


async def test_a_late_hand_back_at_another_server_hears_who_was_first_and_when(
    callers: Callers, people: People
) -> None:
    path = await waiting(callers)
    await done(await people.sam.post(f"{path}/accept"))
    body = {"return_to_ai": True, "note": "Sent a label."}
    ended = await done(await people.sam.post(f"{path}/resolve", json=body))
    late = problem(await people.far.post(f"{path}/resolve", json=body), 409)
    assert f"returned by {people.emails[0]} at {ended['ended_at'][:16]}" in late["detail"]


async def test_a_claim_under_one_key_is_made_once(callers: Callers, people: People) -> None:
    path, once = await waiting(callers), {"idempotency-key": f"once-{thread()}"}
    first = await people.sam.post(f"{path}/accept", headers=once)
    again = await people.sam.post(f"{path}/accept", headers=once)
    assert (first.status_code, first.text) == (200, again.text)
    for act, body in (("messages", {"message": "Hi"}), ("notes", {"note": "Calm."})):
        key = {"idempotency-key": f"{act}-{thread()}"}
        sent = [await people.sam.post(f"{path}/{act}", json=body, headers=key) for _ in range(2)]
        assert sent[0].status_code == 201
        assert sent[0].text == sent[1].text
    said = await history(callers, path.rpartition("/")[2])
    assert (by(said, "operator"), by(said, "note")) == (["Hi"], ["Calm."])


async def test_a_private_note_is_read_by_colleagues_only(callers: Callers, people: People) -> None:
    path = await waiting(callers)
    await done(await people.sam.post(f"{path}/notes", json={"note": "Be careful."}), 201)
    seen = await done(await people.far.get(f"{path}/messages"))
    assert by(seen["items"], "note") == ["Be careful."]
    async with callers.http(await callers.customer(ALICE)) as alice:
        said = await alice.get(f"/v1/conversations/{path.rpartition('/')[2]}/messages")
    assert "careful" not in said.text


async def test_the_desk_shows_whose_it_is_and_what_they_have(
    callers: Callers, people: People
) -> None:
    path = await waiting(callers)
    desk = await done(await people.sam.get(f"{path}/context"))
    assert (desk["customer"]["name"], desk["identity"]) == ("Alice Martin", "verified")
    assert {order["id"] for order in desk["orders"]} >= {1, 2}
    assert desk["tickets"]
    assert desk["subscription"]["status"] == "active"
    assert desk["profile"]["loyalty_tier"] == "silver"
    assert desk["risk"] == {
        "flag": desk["profile"]["risk_flag"],
        "reasons": desk["profile"]["risk_reasons"],
    }


async def test_an_operator_says_whose_a_visitors_conversation_is(
    callers: Callers, people: People
) -> None:
    async with callers.http() as visitor:
        opened = (await visitor.post("/v1/chat", json={"message": PERSON})).json()
        path = f"/v1/handoffs/{opened['conversation_id']}"
        before = await done(await people.sam.get(f"{path}/context"))
        assert (before["customer"], before["orders"]) == (None, [])
        linked = await done(
            await people.sam.post(f"{path}/link-customer", json={"customer_id": BOB})
        )
        assert (linked["customer_id"], linked["identity"]) == (BOB, "claimed")
        after = await done(await people.sam.get(f"{path}/context"))
        assert after["customer"]["id"] == BOB
        key = {"x-conversation-token": opened["conversation_token"]}
        mine = await visitor.get(f"/v1/conversations/{opened['conversation_id']}", headers=key)
        assert mine.json()["customer_id"] is None  # it opens nothing to whoever writes
    problem(await people.sam.post(f"{path}/link-customer", json={"customer_id": 999}), 404)
    alices = await waiting(callers)
    problem(await people.sam.post(f"{alices}/link-customer", json={"customer_id": BOB}), 409)


async def test_what_customers_write_to_people_is_felt_too(callers: Callers, people: People) -> None:
    path = await waiting(callers)
    calm = await done(await people.sam.get(f"{path}/sentiment"))
    remote = callers.remote(await callers.customer(ALICE))
    name = path.rpartition("/")[2]
    await remote.ainvoke(says("This is absolutely disgusting, I HATE this!!!"), on(name))
    angry = await done(await people.sam.get(f"{path}/sentiment"))
    assert angry["score"] < calm["score"]
    assert angry["label"] == "negative"
    async with asyncio.timeout(10):
        while True:
            shown = await done(await people.admin.get(f"/v1/conversations/{name}"))
            if shown["sentiment_label"] == "negative":
                break
            await asyncio.sleep(0.05)
