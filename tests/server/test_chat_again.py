"""`POST /v1/chat` once more: ids that are sent again, and answers that are fetched later."""

import asyncio
from typing import Any

import httpx

from server.auth.permissions import Permission
from tests.server.callers import (
    ALICE,
    BOB,
    Callers,
    by,
    chat,
    events_in,
    history,
    problem,
    thread,
)

ORDER = "What is the status of my order?"
RETURNS = "How long do I have to return a defective item?"


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


async def answered(http: httpx.AsyncClient, poll: str) -> list[dict[str, Any]]:
    """The history, once the message has its answer."""
    async with asyncio.timeout(20):
        while True:
            said: list[dict[str, Any]] = (await http.get(poll)).json()["items"]
            if len(said) > 1:
                return said
            await asyncio.sleep(0.05)
