"""`/support` with LangServe's own client: who asks gets an answer from their records, once."""

import asyncio
from typing import Any

import httpx
import pytest
from langchain_core.messages import HumanMessage

from server.answers import ChatResponse
from tests.server.callers import (
    ALICE,
    BOB,
    OTHER_TENANT,
    Callers,
    by,
    history,
    on,
    problem,
    says,
    thread,
)

ORDER = "What is the status of my order?"
RETURNS = "How long do I have to return a defective item?"
ACCOUNT = {"lookup_customer", "get_orders"}  # what opens a customer's records
FIELDS = set(ChatResponse.model_fields) - {"conversation_token"}


async def test_a_customer_with_a_token_gets_their_own_order(callers: Callers) -> None:
    alice = callers.remote(await callers.customer(ALICE))
    answer = await alice.ainvoke(says(ORDER), on(thread()))
    assert "Phone Case" in answer["response"]
    assert answer["tool_calls"] == ["lookup_customer", "get_orders"]
    assert (answer["answered_by"], answer["handoff"]) == ("tools", False)
    assert set(answer) == FIELDS


async def test_two_customers_asking_the_same_get_different_orders(callers: Callers) -> None:
    bob = callers.remote(await callers.customer(BOB))
    answer = await bob.ainvoke(says(ORDER), on(thread()))
    assert "Mesh Router" in answer["response"]
    assert "Phone Case" not in answer["response"]


async def test_the_same_number_is_another_customer_of_another_tenant(callers: Callers) -> None:
    hannah = callers.remote(await callers.customer(1, OTHER_TENANT))
    answer = await hannah.ainvoke(says("Do I have open tickets?"), on(thread()))
    assert "Phone Case" not in str(answer)
    assert "headphones" not in str(answer)


async def test_an_api_key_names_no_customer(callers: Callers) -> None:
    answer = await callers.remote(callers.admin).ainvoke(says(ORDER), on(thread()))
    assert not ACCOUNT & set(answer["tool_calls"])
    assert "Phone Case" not in answer["response"]


async def test_a_visitor_gets_an_article_and_comes_back_with_their_token(callers: Callers) -> None:
    name = thread()
    first = await callers.remote().ainvoke(says(RETURNS), on(name))
    assert "30 days" in first["response"]
    assert first["answered_by"] == "knowledge"
    back = callers.remote({"x-conversation-token": first["conversation_token"]})
    second = await back.ainvoke(says("And what does shipping cost?"), on(name))
    assert second["conversation_id"] == name
    assert "conversation_token" not in second
    assert len(await history(callers, name)) == 4


def test_the_synchronous_client_works_too(callers: Callers) -> None:
    name = thread()
    remote = callers.remote(callers.admin)
    assert "30 days" in remote.invoke(says(RETURNS), on(name))["response"]
    assert list(remote.stream(says(RETURNS), on(name)))[-1]["event"] == "result"
    both = remote.batch([says(RETURNS), says(RETURNS)], on(name))
    assert [answer["conversation_id"] for answer in both] == [name, name]


async def test_the_second_turn_of_a_thread_remembers_the_first(callers: Callers) -> None:
    alice = callers.remote(await callers.customer(ALICE))
    name = thread()
    await alice.ainvoke(says(ORDER), on(name))
    answer = await alice.ainvoke(says("And when was it ordered?"), on(name))
    assert "Phone Case" in answer["response"] or "order" in answer["response"].lower()
    assert by(await history(callers, name), "customer") == [ORDER, "And when was it ordered?"]


async def test_without_a_thread_a_new_conversation_is_opened(callers: Callers) -> None:
    first = await callers.remote(callers.admin).ainvoke(says(RETURNS))
    second = await callers.remote(callers.admin).ainvoke(says(RETURNS))
    assert first["conversation_id"] != second["conversation_id"]
    assert by(await history(callers, first["conversation_id"]), "customer") == [RETURNS]


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": RETURNS},
        {"type": "human", "content": RETURNS},
        {"type": "human", "role": "user", "content": RETURNS, "name": None},
        HumanMessage(RETURNS),
        HumanMessage(RETURNS, id="mine", additional_kwargs={"x": 1}),
        ["human", RETURNS],
        ("user", RETURNS),
    ],
    ids=repr,
)
async def test_every_shape_that_langchains_users_send_is_taken(
    callers: Callers, message: Any
) -> None:
    remote = callers.remote(callers.admin)
    answer = await remote.ainvoke({"messages": [message]}, on(thread()))
    assert "30 days" in answer["response"]


async def test_only_the_last_message_is_the_turn(callers: Callers) -> None:
    name = thread()
    earlier = [HumanMessage("Hello"), ["human", "Are you there?"]]
    await callers.remote(callers.admin).ainvoke(
        {"messages": [*earlier, ("user", RETURNS)]}, on(name)
    )
    assert by(await history(callers, name), "customer") == [RETURNS]


async def test_a_stream_tells_steps_tools_and_text_and_ends_with_the_result(
    callers: Callers,
) -> None:
    alice = callers.remote(await callers.customer(ALICE))
    events = [event async for event in alice.astream(says(ORDER), on(thread()))]
    kinds = [event["event"] for event in events]
    assert {"step", "tool", "text"} <= set(kinds)
    assert kinds.index("result") == len(kinds) - 1
    assert all("type" not in event for event in events)
    told = "".join(event["content"] for event in events if event["event"] == "text")
    result = events[-1]["result"]
    assert told == result["response"]
    assert set(result) == FIELDS
    assert {event["name"] for event in events if event["event"] == "tool"} == set(
        result["tool_calls"]
    )


async def test_forty_messages_of_one_batch_are_all_kept_in_order(callers: Callers) -> None:
    name = thread()
    sent = [f"Message number {n}: {RETURNS}" for n in range(40)]
    answers = await callers.remote(callers.admin).abatch([says(text) for text in sent], on(name))
    assert [answer["conversation_id"] for answer in answers] == [name] * 40
    assert len({answer["message_id"] for answer in answers}) == 40
    assert all(answer["response"] for answer in answers)
    assert by(await history(callers, name), "customer") == sent


async def test_twenty_at_once_on_one_thread_are_all_kept(callers: Callers) -> None:
    name = thread()
    remote = callers.remote(callers.admin)
    sent = [f"At once {n}: {RETURNS}" for n in range(20)]
    answers = await asyncio.gather(*(remote.ainvoke(says(text), on(name)) for text in sent))
    assert all(answer["response"] for answer in answers)
    kept = by(await history(callers, name), "customer")
    assert sorted(kept) == sorted(sent)


async def test_a_batch_may_go_to_threads_of_its_own(callers: Callers) -> None:
    names = [thread() for _ in range(5)]
    remote = callers.remote(callers.admin)
    configs: Any = [on(name) for name in names]
    answers = await remote.abatch([says(RETURNS)] * 5, configs)
    assert [answer["conversation_id"] for answer in answers] == names


async def test_a_batch_with_anothers_thread_in_it_takes_nothing(callers: Callers) -> None:
    foreign, mine = thread(), thread()
    await callers.remote(await callers.customer(ALICE)).ainvoke(says(RETURNS), on(foreign))
    bob = callers.remote(await callers.customer(BOB))
    configs: Any = [on(mine), on(foreign)]
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await bob.abatch([says("a"), says("b")], configs)
    async with callers.http(callers.admin) as http:
        problem(await http.get(f"/v1/conversations/{mine}"), 404)


async def test_a_batch_with_a_wrong_number_of_configs_is_refused(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        body = {"inputs": [says("a"), says("b")], "config": [on(thread())]}
        problem(await http.post("/support/batch", json=body), 422)
        assert (await http.post("/support/batch", json={"inputs": []})).json()["output"] == []


@pytest.mark.parametrize("name", ["input", "output", "config"])
async def test_the_schemas_show_our_words_and_nothing_of_the_inside(
    callers: Callers, name: str
) -> None:
    async with callers.http() as http:
        found = await http.get(f"/support/{name}_schema")
    assert found.status_code == 200
    expected = {"input": "messages", "output": "answered_by", "config": "thread_id"}
    assert expected[name] in found.text
    for inside in ("principal", "services", "checkpoint", "lease", "draft", "prompt"):
        assert inside not in found.text
