"""`POST /v1/chat`: every field, ids that are sent again, events, and answers that come later."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.answers import ChatResponse
from server.auth.permissions import Permission
from tests.server.callers import (
    ALICE,
    BOB,
    OTHER_TENANT,
    Callers,
    by,
    history,
    problem,
    same,
    thread,
)

ORDER = "What is the status of my order?"
RETURNS = "How long do I have to return a defective item?"
PERSON = "I want to talk to a human agent, please."
FIELDS = set(ChatResponse.model_fields) - {"conversation_token"}


async def chat(
    http: httpx.AsyncClient, message: str, headers: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    return await http.post("/v1/chat", json={"message": message, **more}, headers=headers)


async def test_the_demo_key_asks_for_customer_1_and_gets_their_orders(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        found = await chat(http, ORDER, customer_id=ALICE)
    answer = found.json()
    assert found.status_code == 200
    assert set(answer) == FIELDS
    assert answer["tool_calls"] == ["lookup_customer", "get_orders"]
    assert "Phone Case" in answer["response"]
    assert "Wireless Headphones" in answer["response"]
    assert (answer["intent"], answer["answered_by"]) == ("order_status", "tools")
    assert UUID(answer["conversation_id"])
    assert 0 <= answer["confidence"] <= 1


async def test_a_stranger_who_names_an_address_learns_nothing_about_it(callers: Callers) -> None:
    told = []
    for address in ("alice@example.com", "nobody-at-all@example.com"):
        async with callers.http() as http:
            answer = (await chat(http, f"{ORDER} My e-mail is {address}.")).json()
        assert answer["conversation_token"]
        assert not {"lookup_customer", "get_orders"} & set(answer["tool_calls"])
        assert "Alice" not in json.dumps(answer)
        assert "Phone Case" not in json.dumps(answer)
        told.append((answer["response"], answer["tool_calls"], answer["handoff"]))
    assert told[0] == told[1]


async def test_an_article_is_answered_from_with_its_source(callers: Callers) -> None:
    async with callers.http() as http:
        answer = (await chat(http, RETURNS)).json()
    assert answer["answered_by"] == "knowledge"
    assert "30 days" in answer["response"]
    for source in answer["sources"]:
        assert set(source) == {"source", "title", "score", "content"}
        assert 0 <= source["score"] <= 1


async def test_every_field_may_be_given(callers: Callers) -> None:
    name = thread()
    async with callers.http(callers.admin) as http:
        found = await chat(
            http,
            ORDER,
            conversation_id=name,
            customer_id=ALICE,
            message_id="m-1",
            tone="professional",
            channel="api",
            sent_at=datetime(2026, 3, 1, tzinfo=UTC).isoformat(),
        )
        kept = (await http.get(f"/v1/conversations/{name}")).json()
    answer = found.json()
    assert (answer["conversation_id"], answer["message_id"]) == (name, "m-1")
    assert (kept["channel"], kept["customer_id"], kept["intent"]) == ("api", ALICE, "order_status")
    first = (await history(callers, name))[0]
    assert first["id"] == "m-1"
    assert first["metadata"]["tone"] == "professional"
    assert first["metadata"]["sent_at"].startswith("2026-03-01T00:00:00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", ""),
        ("message", " \n\t "),
        ("message", "x" * 8001),
        ("message", 5),
        ("message", ["x"]),
        ("conversation_id", "a b"),
        ("conversation_id", ""),
        ("conversation_id", "x" * 129),
        ("conversation_id", "x\n"),
        ("customer_id", 0),
        ("customer_id", -1),
        ("customer_id", "1"),
        ("customer_id", 1.0),
        ("customer_id", True),
        ("customer_id", 2**62 + 1),
        ("message_id", "a/b"),
        ("message_id", 5),
        ("tone", "rude"),
        ("channel", "whatsapp"),
        ("channel", "pigeon"),
        ("sent_at", "yesterday"),
        ("sent_at", "2026-03-01T00:00:00"),
        ("sent_at", {}),
        ("tenant", OTHER_TENANT),
        ("role", "admin"),
    ],
)
async def test_a_field_that_cannot_be_used_is_named(
    callers: Callers, field: str, value: Any
) -> None:
    async with callers.http(callers.admin) as http:
        found = await http.post("/v1/chat", json={"message": RETURNS, field: value})
    document = problem(found, 422)
    assert [error["field"] for error in document["errors"]] == [field]


async def test_the_same_id_again_gets_the_first_answer(callers: Callers) -> None:
    name = thread()
    body: dict[str, Any] = {"conversation_id": name, "customer_id": ALICE, "message_id": "once"}
    async with callers.http(callers.admin) as http:
        first = await chat(http, ORDER, **body)
        again = await chat(http, ORDER, **body)
        by_header = await chat(
            http, ORDER, {"idempotency-key": "once"}, conversation_id=name, customer_id=ALICE
        )
    assert first.json() == again.json() == by_header.json()
    assert len(await history(callers, name)) == 2


async def test_the_same_id_ten_times_at_once_is_answered_once(callers: Callers) -> None:
    name = thread()
    async with callers.http(callers.admin) as http:
        found = await asyncio.gather(
            *(chat(http, RETURNS, conversation_id=name, message_id="once") for _ in range(10))
        )
    assert len({answer.text for answer in found}) == 1
    assert len(await history(callers, name)) == 2


async def test_the_same_id_with_other_words_is_a_conflict(callers: Callers) -> None:
    name = thread()
    async with callers.http(callers.admin) as http:
        await chat(http, RETURNS, conversation_id=name, message_id="once")
        document = problem(await chat(http, ORDER, conversation_id=name, message_id="once"), 409)
    assert "message_id" in document["detail"]
    assert by(await history(callers, name), "customer") == [RETURNS]


async def test_the_same_id_in_another_tone_is_another_message(callers: Callers) -> None:
    body: dict[str, Any] = {"conversation_id": thread(), "message_id": "once"}
    async with callers.http(callers.admin) as http:
        first = await chat(http, RETURNS, tone="playful", **body)
        same_again = await chat(http, RETURNS, tone="playful", **body)
        problem(await chat(http, RETURNS, tone="professional", **body), 409)
        problem(await chat(http, RETURNS, **body), 409)
    assert first.json() == same_again.json()


async def test_a_message_that_was_answered_streams_its_result_at_once(callers: Callers) -> None:
    body: dict[str, Any] = {"conversation_id": thread(), "message_id": "once"}
    async with callers.http(callers.admin) as http:
        first = await chat(http, RETURNS, **body)
        again = await chat(http, RETURNS, {"accept": "text/event-stream"}, **body)
    assert events_in(again) == [{"event": "result", "result": first.json()}]


async def test_an_id_is_looked_at_only_after_the_right_to_the_conversation(
    callers: Callers,
) -> None:
    name = thread()
    async with callers.http(callers.admin) as http:
        await chat(http, RETURNS, conversation_id=name, customer_id=ALICE, message_id="once")
    for headers in (await callers.customer(BOB), {}, callers.admin):
        for words in (RETURNS, ORDER):
            async with callers.http(headers) as http:
                problem(await chat(http, words, conversation_id=name, message_id="once"), 404)


async def test_an_id_belongs_to_its_conversation(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        first = await chat(http, RETURNS, conversation_id=thread(), message_id="once")
        second = await chat(http, ORDER, conversation_id=thread(), message_id="once")
    assert (first.status_code, second.status_code) == (200, 200)


async def test_two_ids_that_disagree_are_refused(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        different = await chat(http, RETURNS, {"idempotency-key": "a"}, message_id="b")
        unsafe = await chat(http, RETURNS, {"idempotency-key": "a b"})
    assert problem(different, 422)["errors"][0]["field"] == "message_id"
    assert problem(unsafe, 422)["errors"][0]["field"] == "Idempotency-Key"


async def test_events_end_with_the_body_that_the_plain_answer_has(callers: Callers) -> None:
    name = thread()
    async with callers.http(callers.admin) as http:
        streamed = await chat(
            http, ORDER, {"accept": "text/event-stream"}, conversation_id=name, customer_id=ALICE
        )
        events = events_in(streamed)
        message_id = events[-1]["result"]["message_id"]
        plain = await chat(
            http, ORDER, conversation_id=name, customer_id=ALICE, message_id=message_id
        )
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert [event["event"] for event in events][-1] == "result"
    assert {"step", "tool", "text"} <= {event["event"] for event in events}
    assert events[-1]["result"] == plain.json()


async def test_a_refusal_of_a_stream_is_a_status_and_no_event(callers: Callers) -> None:
    async with callers.http() as http:
        wanted = {"accept": "text/event-stream"}
        problem(await chat(http, RETURNS, wanted, customer_id=ALICE), 401)
        problem(await chat(http, RETURNS, wanted, conversation_id="a b"), 422)


async def test_whoever_does_not_wait_is_told_where_to_look(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        found = await chat(http, RETURNS, {"prefer": "respond-async"})
        later = found.json()
        assert found.status_code == 202
        assert found.headers["location"] == later["poll"]
        assert found.headers["preference-applied"] == "respond-async"
        assert later["status"] == "accepted"
        said = await answered(http, later["poll"])
    assert said[0]["id"] == later["message_id"]
    assert "30 days" in said[1]["content"]


async def test_a_visitor_who_does_not_wait_can_look_with_their_token(callers: Callers) -> None:
    async with callers.http() as http:
        later = (await chat(http, RETURNS, {"prefer": "respond-async"})).json()
        token = {"x-conversation-token": later["conversation_token"]}
        problem(await http.get(later["poll"]), 401)
    async with callers.http(token) as http:
        assert "30 days" in (await answered(http, later["poll"]))[1]["content"]


async def test_a_back_end_that_speaks_for_a_customer_may_look_for_the_answer(
    callers: Callers,
) -> None:
    key = await callers.key(
        Permission.CHAT, Permission.READ_CONVERSATIONS, Permission.ACT_FOR_CUSTOMERS
    )
    async with callers.http(key) as http:
        later = (await chat(http, ORDER, {"prefer": "respond-async"}, customer_id=ALICE)).json()
        assert "Phone Case" in (await answered(http, later["poll"]))[1]["content"]
        mine = (await http.get("/v1/conversations")).json()["items"]
        alices = (await http.get("/v1/conversations", params={"customer_id": ALICE})).json()
    assert mine == []
    assert later["conversation_id"] in [one["id"] for one in alices["items"]]


async def test_while_people_have_the_thread_nobody_answers_for_them(callers: Callers) -> None:
    name = thread()
    async with callers.http(await callers.customer(ALICE)) as http:
        first = (await chat(http, PERSON, conversation_id=name)).json()
        second = (await chat(http, ORDER, conversation_id=name, message_id="waits")).json()
        again = (await chat(http, ORDER, conversation_id=name, message_id="waits")).json()
        streamed = await chat(http, "Hello?", {"accept": "text/event-stream"}, conversation_id=name)
    assert (first["handoff"], first["handoff_reason"]) == (True, "human_requested")
    assert first["response"]
    assert set(second) == FIELDS
    assert (second["handoff"], second["response"], second["answered_by"]) == (True, None, "human")
    assert second == again
    assert events_in(streamed)[-1]["result"]["response"] is None
    said = await history(callers, name)
    assert by(said, "customer") == [PERSON, ORDER, "Hello?"]
    assert len(by(said, "assistant")) == 1


async def test_a_token_for_a_customer_who_is_not_there_opens_no_account(callers: Callers) -> None:
    async with callers.http(await callers.customer(999_999)) as http:
        found = await chat(http, ORDER)
    assert found.status_code == 200
    assert "Phone Case" not in found.text
    assert found.json()["response"]


async def test_a_customer_who_is_not_there_is_not_found(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        missing = same(problem(await chat(http, ORDER, customer_id=4_000_000), 404))
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        foreign = same(problem(await chat(http, ORDER, customer_id=4_000_000), 404))
    assert missing == foreign


def events_in(response: httpx.Response) -> list[dict[str, Any]]:
    """The events of a whole stream; each one's name is its data's `event`."""
    found = []
    for block in response.text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            found.append(json.loads(lines["data"]))
            assert found[-1]["event"] == lines["event"]
    return found


async def answered(http: httpx.AsyncClient, poll: str) -> list[dict[str, Any]]:
    """The history, once the message has its answer."""
    async with asyncio.timeout(20):
        while True:
            said: list[dict[str, Any]] = (await http.get(poll)).json()["items"]
            if len(said) > 1:
                return said
            await asyncio.sleep(0.05)
