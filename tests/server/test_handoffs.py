"""Conversations with people: the queue, replies, and giving them back over both doors."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.auth.permissions import Permission
from tests.server.callers import ALICE, BOB, Callers, by, history, on, problem, says, thread

PERSON = "I want to talk to a human agent, please."
RETURNS = "How long do I have to return a defective item?"


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def handed_over(callers: Callers, words: str = PERSON, customer: int = ALICE) -> str:
    """A conversation that waits for people."""
    name = thread()
    remote = callers.remote(await callers.customer(customer))
    answer = await remote.ainvoke(says(words), on(name))
    assert answer["handoff"] is True
    return name


async def queue(admin: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await admin.get("/v1/handoffs", params={"limit": 100})).json()[
        "items"
    ]
    return items


async def resume(
    callers: Callers, name: str | None, decision: Any, headers: dict[str, str]
) -> httpx.Response:
    config = on(name) if name else {}
    async with callers.http(headers) as http:
        return await http.post(
            "/support/invoke", json={"input": {"resume": decision}, "config": config}
        )


async def test_the_queue_shows_who_waits_for_what(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = await handed_over(callers)
    (entry,) = [h for h in await queue(admin) if h["conversation_id"] == name]
    assert (entry["status"], entry["reason"], entry["customer_id"]) == (
        "pending",
        "human_requested",
        ALICE,
    )
    assert entry["reasons"] == ["human_requested"]
    assert PERSON in entry["summary"]
    assert not {"interrupt_id", "tenant", "turn_id"} & set(entry)
    shown = (await admin.get(f"/v1/conversations/{name}")).json()
    assert shown["owner"] == "queue"


async def test_pending_ones_come_first_the_oldest_on_top(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    first, second, done = [await handed_over(callers) for _ in range(3)]
    await admin.post(f"/v1/handoffs/{done}/resolve", json={"return_to_ai": False})
    order = [h["conversation_id"] for h in await queue(admin)]
    assert order.index(first) < order.index(second) < order.index(done)


async def test_pages_of_the_queue_miss_none_and_repeat_none(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    done, *waiting = [await handed_over(callers) for _ in range(3)]
    await admin.post(f"/v1/handoffs/{done}/resolve", json={"return_to_ai": False})
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await admin.get("/v1/handoffs", params={"limit": 2, **cursor})).json()
        seen += [one["conversation_id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [one["conversation_id"] for one in await queue(admin)]
    assert {done, *waiting} <= set(seen)
    problem(await admin.get("/v1/handoffs", params={"cursor": "WzEsMSwieCJd"}), 422)


async def test_a_decision_under_one_key_is_made_once(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    path, once = f"/v1/handoffs/{await handed_over(callers)}/resolve", {"idempotency-key": "r-1"}
    body = {"return_to_ai": True, "note": "Called."}
    answers = await asyncio.gather(*(admin.post(path, json=body, headers=once) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    problem(await admin.post(path, json={"return_to_ai": False}, headers=once), 409)
    problem(await admin.post(path, json=body), 409)


@pytest.mark.parametrize("limit", ["0", "101", "x"])
async def test_the_queue_has_bounds(admin: httpx.AsyncClient, limit: str) -> None:
    found = await admin.get("/v1/handoffs", params={"limit": limit})
    assert problem(found, 422)["errors"][0]["field"] == "query.limit"


async def test_an_operators_words_reach_the_customer_without_their_key(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = await handed_over(callers)
    for words in ("I am looking into it.", "Order 2 arrives tomorrow."):
        sent = await admin.post(f"/v1/handoffs/{name}/messages", json={"message": words})
        assert sent.status_code == 201
    async with callers.http(await callers.customer(ALICE)) as alice:
        said = (await alice.get(f"/v1/conversations/{name}/messages")).json()["items"]
    assert by(said, "operator") == ["I am looking into it.", "Order 2 arrives tomorrow."]
    assert "key:" not in str(said)
    assert "key:" in str(await history(callers, name))


async def test_an_operators_words_are_sent_once_however_often_they_are_posted(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = await handed_over(callers)
    path, once = f"/v1/handoffs/{name}/messages", {"idempotency-key": "op-1"}
    answers = [await admin.post(path, json={"message": "Hi"}, headers=once) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    problem(await admin.post(path, json={"message": "Other"}, headers=once), 409)
    assert by(await history(callers, name), "operator") == ["Hi"]


async def test_people_write_only_where_they_have_the_thread(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = thread()
    await callers.remote(await callers.customer(ALICE)).ainvoke(says(RETURNS), on(name))
    problem(await admin.post(f"/v1/handoffs/{name}/messages", json={"message": "Hi"}), 409)
    problem(await admin.post(f"/v1/handoffs/{name}/resolve", json={"return_to_ai": True}), 409)
    assert by(await history(callers, name), "operator") == []


async def test_giving_it_back_lets_the_assistant_answer_again(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = await handed_over(callers)
    await admin.post(f"/v1/handoffs/{name}/messages", json={"message": "All sorted."})
    body = {"return_to_ai": True, "note": "Called her."}
    back = await admin.post(f"/v1/handoffs/{name}/resolve", json=body)
    assert (back.json()["status"], back.json()["note"]) == ("returned", "Called her.")
    alice = callers.remote(await callers.customer(ALICE))
    answer = await alice.ainvoke(says(RETURNS), on(name))
    assert "30 days" in answer["response"]
    problem(await admin.post(f"/v1/handoffs/{name}/resolve", json=body), 409)


async def test_a_note_is_for_colleagues(callers: Callers, admin: httpx.AsyncClient) -> None:
    name = await handed_over(callers)
    body = {"return_to_ai": True, "note": "Difficult, be careful."}
    await admin.post(f"/v1/handoffs/{name}/resolve", json=body)
    async with callers.http(await callers.customer(ALICE)) as alice:
        said = (await alice.get(f"/v1/conversations/{name}/messages")).text
    assert "Difficult" not in said
    assert by(await history(callers, name), "note") == ["Difficult, be careful."]


async def test_resolving_closes_the_conversation(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = await handed_over(callers)
    ended = await admin.post(f"/v1/handoffs/{name}/resolve", json={"return_to_ai": False})
    assert ended.json()["status"] == "resolved"
    shown = (await admin.get(f"/v1/conversations/{name}")).json()
    assert (shown["status"], shown["owner"]) == ("closed", "closed")


@pytest.mark.parametrize(("action", "status"), [("return", "returned"), ("resolve", "resolved")])
async def test_the_graphs_interrupt_is_answered_over_langserve(
    callers: Callers, action: str, status: str
) -> None:
    name = await handed_over(callers)
    remote = callers.remote(callers.admin)
    ended = await remote.ainvoke({"resume": {"action": action, "note": "ok"}}, on(name))
    assert ended == {
        "conversation_id": name,
        "handoff": False,
        "handoff_reason": "human_requested",
        "status": status,
    }
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        await remote.ainvoke({"resume": {"action": action}}, on(name))
    answer = await callers.remote(await callers.customer(ALICE)).ainvoke(says(RETURNS), on(name))
    assert "30 days" in answer["response"]


async def test_an_interrupt_can_be_answered_in_a_stream(callers: Callers) -> None:
    name = await handed_over(callers)
    remote = callers.remote(callers.admin)
    decision = {"resume": {"action": "return"}}
    events = [event async for event in remote.astream(decision, on(name))]
    assert [event["event"] for event in events] == ["result"]
    assert events[0]["result"]["status"] == "returned"
    (refused,) = [event async for event in remote.astream(decision, on(name))]
    assert (refused["event"], refused["status"], refused["code"]) == ("error", 409, "conflict")


async def test_only_operators_answer_an_interrupt(callers: Callers) -> None:
    name = await handed_over(callers)
    decision = {"action": "return"}
    problem(await resume(callers, name, decision, await callers.customer(ALICE)), 403)
    problem(await resume(callers, name, decision, await callers.customer(BOB)), 403)
    problem(await resume(callers, name, decision, {}), 401)
    problem(await resume(callers, name, decision, await callers.key(*Permission)), 403)
    assert (await resume(callers, name, decision, callers.admin)).status_code == 200


async def test_an_interrupt_is_answered_on_a_thread_that_waits(callers: Callers) -> None:
    name = thread()
    await callers.remote(await callers.customer(ALICE)).ainvoke(says(RETURNS), on(name))
    decision = {"action": "return"}
    problem(await resume(callers, name, decision, callers.admin), 409)
    problem(await resume(callers, thread(), decision, callers.admin), 404)
    unnamed = problem(await resume(callers, None, decision, callers.admin), 422)
    assert unnamed["errors"][0]["field"] == "config.configurable.thread_id"


async def test_a_batch_takes_no_decisions_and_no_message_beside_one(callers: Callers) -> None:
    waiting, other = await handed_over(callers), thread()
    async with callers.http(callers.admin) as http:
        found = await http.post(
            "/support/batch",
            json={
                "inputs": [says(RETURNS), {"resume": {"action": "return"}}],
                "config": [on(other), on(waiting)],
            },
        )
        assert problem(found, 422)["errors"][0]["field"] == "inputs"
        problem(await http.get(f"/v1/conversations/{other}"), 404)
        assert (await http.get(f"/v1/conversations/{waiting}")).json()["owner"] == "queue"


async def test_of_two_who_give_it_back_at_once_one_is_told_so(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = await handed_over(callers)
    body = {"return_to_ai": True}
    found = await asyncio.gather(
        *(admin.post(f"/v1/handoffs/{name}/resolve", json=body) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in found) == [200, 409, 409, 409, 409]
