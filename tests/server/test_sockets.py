"""Customers' and operators' sockets against a real server."""

import asyncio
from typing import Any

import pytest

from tests.server.callers import ALICE, BOB, Callers, by, chat, history, thread
from tests.server.people import signed_in
from tests.server.wires import Frame, wired

PERSON = "I want to talk to a human"


async def handed_over(callers: Callers, customer: int = ALICE) -> str:
    """A conversation that waits for people."""
    name = thread()
    async with callers.http(await callers.customer(customer)) as http:
        found = await chat(http, PERSON, conversation_id=name)
    assert found.json()["handoff"] is True
    return name


def of_the_log(frames: list[Frame]) -> list[Frame]:
    return [f for f in frames if f["seq"] is not None and f["type"] != "conversation"]


async def test_a_customer_opens_a_conversation_and_is_answered(callers: Callers) -> None:
    async with wired(callers.server.url, "/ws/customer", await callers.customer(ALICE)) as wire:
        first = await wire.next()
        assert (first["type"], first["owner"], first["customer_id"]) == (
            "conversation",
            "ai",
            ALICE,
        )
        await wire.words("What is the status of my order?", "m1")
        asked = await wire.kind("message", role="customer")
        assert (asked["message_id"], asked["conversation_id"]) == ("m1", first["conversation_id"])
        answer = await wire.kind("message", role="assistant")
    spoken = "".join(f["content"] for f in wire.heard if f["type"] == "token")
    assert spoken == answer["content"]
    assert answer["specialist"]
    assert 0 <= answer["confidence"] <= 1
    assert answer["seq"] > asked["seq"]
    typing = [f["on"] for f in wire.heard if f["type"] == "typing" and f["role"] == "assistant"]
    assert typing[:1] == [True]


async def test_a_visitor_gets_a_token_to_come_back_with(callers: Callers) -> None:
    async with wired(callers.server.url, "/ws/customer") as wire:
        first = await wire.next()
        await wire.words("Hello", "m1")
        await wire.kind("message", role="assistant")
    name, token = first["conversation_id"], first["conversation_token"]
    path = f"/ws/customer/{name}?after=0"
    async with wired(
        callers.server.url, path, protocols=["switchboard", f"conversation.{token}"]
    ) as again:
        assert again.socket.subprotocol == "switchboard"
        await again.kind("message", role="assistant")
    assert of_the_log(again.heard) == of_the_log(wire.heard)[: len(of_the_log(again.heard))]
    async with wired(callers.server.url, path) as stranger:
        assert await stranger.code() == 4404


async def test_people_and_customer_hear_each_other_at_once(callers: Callers) -> None:
    name = await handed_over(callers)
    customer = await callers.customer(ALICE)
    async with (
        wired(callers.server.url, f"/ws/operator/{name}", callers.admin) as operator,
        wired(callers.server.url, f"/ws/customer/{name}", customer) as alice,
    ):
        assert (await operator.kind("conversation"))["owner"] == "queue"
        async with callers.http(callers.admin) as http:
            (await http.post(f"/v1/handoffs/{name}/accept")).raise_for_status()
        await alice.kind("state", owner="operator")
        await operator.words("How can I help?", "o1")
        said = await alice.kind("message", role="operator")
        assert (said["content"], "by" in said["metadata"]) == ("How can I help?", False)
        assert (await operator.kind("message", role="operator"))["metadata"]["by"]
        await alice.words("My order is late.", "c1")
        assert (await operator.kind("message", role="customer"))["content"] == "My order is late."
        assert await alice.quiet(0.5)  # its own words, and no assistant's
    assert not [f for f in alice.heard if f.get("role") == "assistant"]


async def test_what_an_operator_sends_again_is_sent_once(callers: Callers) -> None:
    name = await handed_over(callers)
    async with wired(callers.server.url, f"/ws/operator/{name}", callers.admin) as operator:
        await operator.words("How can I help?", "same")
        said = await operator.kind("message", message_id="same")
        await operator.words("How can I help?", "same")
        assert await operator.kind("message", message_id="same") == said
        await operator.words("Go away!", "same")
        assert (await operator.kind("error"))["status"] == 409
        await operator.words("Dear {{nobody}}")
        assert (await operator.kind("error"))["status"] == 422
    assert by(await history(callers, name), "operator") == ["How can I help?"]


async def test_somebody_elses_conversation_is_refused_with_their_name(callers: Callers) -> None:
    name = await handed_over(callers)
    async with callers.http(callers.admin) as http:
        kim, lee = await signed_in(http), await signed_in(http)
    async with (
        wired(callers.server.url, f"/ws/operator/{name}", kim.headers) as hers,
        wired(callers.server.url, f"/ws/operator/{name}", lee.headers) as his,
    ):
        await hers.words("Mine.")
        assert (await his.kind("state", assigned_to=f"operator:{kim.ids['operator_id']}"))["seq"]
        await his.words("No, mine.")
        refused = await his.kind("error")
        assert (refused["status"], kim.email in refused["detail"]) == (409, True)


async def test_an_operator_who_looks_on_is_offered_replies(callers: Callers) -> None:
    name = await handed_over(callers)
    customer = await callers.customer(ALICE)
    async with (
        wired(callers.server.url, f"/ws/operator/{name}", callers.admin) as operator,
        wired(callers.server.url, f"/ws/customer/{name}", customer) as alice,
    ):
        await alice.kind("presence")
        await operator.kind("presence")
        await alice.words("What is the status of my order?")
        offered = (await operator.kind("suggestions"))["suggestions"]
        assert len(offered) == 3
        assert all(0 <= each["confidence"] <= 1 and each["rationale"] for each in offered)
        await alice.quiet()
    assert not [frame for frame in alice.heard if frame["type"] == "suggestions"]


async def test_typing_presence_and_what_was_seen_are_told_to_the_other_side(
    callers: Callers,
) -> None:
    name = await handed_over(callers)
    customer = await callers.customer(ALICE)
    async with wired(callers.server.url, f"/ws/operator/{name}", callers.admin) as operator:
        standing = await operator.kind("conversation")
        assert (await operator.kind("presence"))["customer"] is False
        async with wired(callers.server.url, f"/ws/customer/{name}", customer) as alice:
            assert await operator.kind("presence", customer=True, operator=True)
            seen = await alice.kind("presence")
            assert (seen["operator"], "viewers" in seen) == (True, False)
            await alice.say(type="typing", on=True)
            assert (await operator.kind("typing", role="customer"))["on"] is True
            await operator.say(type="typing", on=True)
            assert "by" not in await alice.kind("typing", role="operator")
            await alice.say(type="seen", seq=standing["last_seq"])
            told = await operator.until(lambda f: "seen" in f and f["type"] == "presence")
            assert told["seen"]["role"] == "customer"
        assert (await operator.kind("typing", role="customer"))["on"] is False
        assert await operator.kind("presence", customer=False)
    async with wired(callers.server.url, f"/ws/customer/{name}", customer) as again:
        assert (await again.next())["seen"] == told["seen"]["seq"]


async def test_notes_are_for_colleagues(callers: Callers) -> None:
    name = await handed_over(callers)
    customer = await callers.customer(ALICE)
    async with (
        wired(callers.server.url, f"/ws/operator/{name}", callers.admin) as operator,
        wired(callers.server.url, f"/ws/customer/{name}", customer) as alice,
        callers.http(callers.admin) as http,
    ):
        await alice.kind("presence")
        note = "She is a friend of the boss."
        body = {"return_to_ai": True, "note": note}
        (await http.post(f"/v1/handoffs/{name}/resolve", json=body)).raise_for_status()
        assert (await operator.kind("message", role="note"))["content"] == note
        await alice.kind("state", owner="ai")
        await alice.quiet()
    assert note not in str(alice.heard)
    async with wired(callers.server.url, f"/ws/customer/{name}?after=0", customer) as again:
        await again.kind("state", owner="ai")
    assert note not in str(again.heard)


async def test_a_reconnect_brings_what_was_missed_once_and_in_order(callers: Callers) -> None:
    headers = await callers.customer(BOB)
    async with wired(callers.server.url, "/ws/customer", headers) as wire:
        name = (await wire.next())["conversation_id"]
        await wire.words("Hello")
        await wire.kind("message", role="assistant")
    async with callers.http(headers) as http:
        for number in range(3):
            await chat(http, f"And number {number}?", conversation_id=name)
    async with wired(callers.server.url, f"/ws/customer/{name}?after={wire.last}", headers) as late:
        await late.words("The last one", "last")
        await late.kind("message", message_id="last")
    whole = wire.log() + late.log()
    assert len(whole) == len({seq for seq, _ in whole})
    async with callers.http(headers) as http:
        items = (await http.get(f"/v1/conversations/{name}/messages")).json()["items"]
    known = [(one["seq"], one["content"]) for one in items]
    told = [one for one in whole if one in known]
    assert told == known[: len(told)]
    assert told[-1][1] == "The last one"
    assert [seq for seq, _ in whole] == sorted(seq for seq, _ in whole)


async def test_a_message_sent_again_is_stored_once_and_answered_as_before(
    callers: Callers,
) -> None:
    async with wired(callers.server.url, "/ws/customer", await callers.customer(BOB)) as wire:
        await wire.next()
        await wire.words("How long do I have to return an item?", "same")
        asked = await wire.kind("message", role="customer")
        answer = await wire.kind("message", role="assistant")
        await wire.quiet()
        await wire.words("How long do I have to return an item?", "same")
        assert await wire.kind("message", role="customer") == asked
        assert await wire.kind("message", role="assistant") == answer
        await wire.words("Something else", "same")
        refused = await wire.kind("error")
        assert (refused["status"], refused["message_id"]) == (409, "same")


async def test_the_queue_shows_what_waits_and_follows_it(callers: Callers) -> None:
    before = await handed_over(callers)
    async with wired(callers.server.url, "/ws/operator", callers.admin) as queue:
        assert before in (await queue.next())["queue"]
        row = await queue.kind("conversation", conversation_id=before)
        assert row["handoff"]["reason"] == "human_requested"
        assert row["last_message"]["role"] == "assistant"
        after = await handed_over(callers, BOB)
        row = await queue.kind("conversation", conversation_id=after)
        assert (row["owner"], row["handoff"]["status"]) == ("queue", "pending")
        async with wired(
            callers.server.url, f"/ws/customer/{after}", await callers.customer(BOB)
        ) as bob:
            await queue.kind("presence", conversation_id=after, customer=True)
            await bob.words("Are you there?")
            told = await queue.kind("message", conversation_id=after)
            assert told["content"] == "Are you there?"
        await queue.words("Hello")
        assert (await queue.kind("error"))["status"] == 409
        await queue.say(type="watch", conversation_id=after, after=0)
        await queue.until(lambda f: f["type"] == "conversation" and "seen" in f)
        assert (await queue.kind("message", role="customer"))["content"] == PERSON
        async with callers.http(callers.admin) as http:
            body = {"return_to_ai": False}
            (await http.post(f"/v1/handoffs/{after}/resolve", json=body)).raise_for_status()
        gone = await queue.kind("conversation", conversation_id=after, owner="closed")
        assert gone["handoff"] is None


async def test_a_conversation_without_people_is_not_in_the_queue(callers: Callers) -> None:
    async with wired(callers.server.url, "/ws/operator", callers.admin) as queue:
        await queue.next()
        async with callers.http(await callers.customer(BOB)) as http:
            found = await chat(http, "How long do I have to return an item?")
        name = found.json()["conversation_id"]
        assert name not in str(await queue.quiet(0.5))


async def test_a_back_end_speaks_for_a_customer(callers: Callers) -> None:
    path = f"/ws/customer?customer_id={BOB}"
    async with wired(callers.server.url, path, callers.admin) as wire:
        first = await wire.next()
        assert first["customer_id"] == BOB
    name = first["conversation_id"]
    async with wired(
        callers.server.url, f"/ws/customer/{name}", await callers.customer(BOB)
    ) as same:
        assert (await same.next())["conversation_id"] == name


async def test_an_operator_works_through_a_browsers_socket(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        person = await signed_in(http)
    token = person.tokens["access_token"]
    async with wired(
        callers.server.url,
        "/ws/operator",
        {"origin": callers.server.url},
        protocols=["switchboard", f"bearer.{token}"],
    ) as queue:
        assert "queue" in await queue.next()
        assert queue.socket.subprotocol == "switchboard"


@pytest.mark.parametrize("others", [1, 5])
async def test_every_window_of_a_customer_is_told_the_same(callers: Callers, others: int) -> None:
    headers = await callers.customer(ALICE)
    async with wired(callers.server.url, "/ws/customer", headers) as first:
        name = (await first.next())["conversation_id"]
        paths = [f"/ws/customer/{name}?after=0"] * others

        async def follow(path: str) -> Any:
            async with wired(callers.server.url, path, headers) as wire:
                await wire.kind("message", role="assistant")
                return of_the_log(wire.heard)

        following = [asyncio.create_task(follow(path)) for path in paths]
        await first.words("Hello")
        await first.kind("message", role="assistant")
        told = await asyncio.gather(*following)
    assert all(each == of_the_log(first.heard)[: len(each)] for each in told)
