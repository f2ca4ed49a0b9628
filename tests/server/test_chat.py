"""`POST /v1/chat`: every field, events, and what it says while people have the thread."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from server.answers import ChatResponse
from tests.server.callers import (
    ALICE,
    OTHER_TENANT,
    Callers,
    by,
    chat,
    events_in,
    history,
    problem,
    same,
    thread,
)

ORDER = "What is the status of my order?"
RETURNS = "How long do I have to return a defective item?"
PERSON = "I want to talk to a human agent, please."
FIELDS = set(ChatResponse.model_fields) - {"conversation_token"}


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
    for address in ("alice@example.com", "alina@example.com"):
        async with callers.http() as http:
            answer = (await chat(http, f"{ORDER} My e-mail is {address}.")).json()
        assert answer["conversation_token"]
        assert "get_orders" not in answer["tool_calls"]
        assert "Alice" not in json.dumps(answer)
        assert "Phone Case" not in json.dumps(answer)
        said = answer["response"].replace(address, "the address")
        told.append((said, answer["tool_calls"], answer["handoff"]))
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
