"""Who does not get in, who is put out, and what nonsense comes to."""

import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from server.auth.permissions import Permission
from server.auth.tokens import customer_token
from server.gate import MOST_FRAME_BYTES
from server.settings import DEMO_TENANT
from tests.server.callers import ALICE, BOB, OTHER_TENANT, Callers, Headers, chat, thread
from tests.server.forged_tokens import FORGED
from tests.server.people import signed_in
from tests.server.wires import wired

OUT_WITHIN_S = 5.0


async def code(callers: Callers, path: str, headers: Headers | None = None, **more: Any) -> Any:
    """What a socket is closed with."""
    async with wired(callers.server.url, path, headers, **more) as wire:
        return await wire.code()


async def conversation_of(callers: Callers, headers: Headers) -> str:
    name = thread()
    async with callers.http(headers) as http:
        (await chat(http, "Hello", conversation_id=name)).raise_for_status()
    return name


async def test_an_expired_token_gets_4401_at_once_and_a_running_one_when_it_expires(
    callers: Callers,
) -> None:
    secret = await callers.secret()
    expired = customer_token(secret, DEMO_TENANT, ALICE, timedelta(seconds=-1))
    assert await code(callers, "/ws/customer", {"authorization": f"Bearer {expired}"}) == 4401
    short = customer_token(secret, DEMO_TENANT, ALICE, timedelta(seconds=2))
    headers = {"authorization": f"Bearer {short}"}
    async with wired(callers.server.url, "/ws/customer", headers) as wire:
        assert (await wire.next())["type"] == "conversation"
        began = time.monotonic()
        assert await wire.code() == 4401
    assert time.monotonic() - began < OUT_WITHIN_S + 2


async def test_no_message_is_taken_under_a_token_that_has_expired(callers: Callers) -> None:
    short = customer_token(await callers.secret(), DEMO_TENANT, ALICE, timedelta(seconds=1))
    headers = {"authorization": f"Bearer {short}"}
    async with wired(callers.server.url, "/ws/customer", headers) as wire:
        name = (await wire.next())["conversation_id"]
        time.sleep(1.1)
        with pytest.raises(ConnectionClosed):
            for _ in range(100):
                await wire.words("Too late", "late")
                await wire.quiet(0.1)
    async with callers.http(await callers.customer(ALICE)) as http:
        assert (await http.get(f"/v1/conversations/{name}/messages")).json()["items"] == []


async def test_a_revoked_key_and_a_dismissed_operator_are_out_within_five_seconds(
    callers: Callers,
) -> None:
    async with callers.http(callers.admin) as http:
        person = await signed_in(http)
        body = {"name": "shop", "scopes": ["chat"]}
        key = (await http.post("/v1/api-keys", json=body)).json()
        async with (
            wired(callers.server.url, "/ws/operator", person.headers) as theirs,
            wired(callers.server.url, "/ws/customer", {"x-api-key": key["key"]}) as shops,
        ):
            await theirs.next()
            await shops.next()
            (await http.delete(f"/v1/api-keys/{key['id']}")).raise_for_status()
            operator = f"/v1/operators/{person.ids['operator_id']}"
            (await http.patch(operator, json={"active": False})).raise_for_status()
            began = time.monotonic()
            assert (await shops.code(), await theirs.code()) == (4401, 4401)
            assert time.monotonic() - began < OUT_WITHIN_S + 2


@pytest.mark.parametrize("kind", sorted(FORGED)[::6])
async def test_a_forged_token_opens_no_socket(callers: Callers, kind: str) -> None:
    forged = FORGED[kind](await callers.secret(), await callers.secret(OTHER_TENANT))
    assert await code(callers, "/ws/customer", {"authorization": f"Bearer {forged}"}) == 4401


async def test_somebody_elses_conversation_looks_like_a_missing_one(callers: Callers) -> None:
    bob = await callers.customer(BOB)
    name = await conversation_of(callers, bob)
    alice = await callers.customer(ALICE)
    ends = []
    for other in (name, "nowhere"):
        async with wired(callers.server.url, f"/ws/customer/{other}", alice) as wire:
            assert await wire.code() == 4404
            ends.append(str(wire.socket.close_reason).replace(other, "…"))
            assert wire.heard == []
    assert ends[0] == ends[1]
    async with wired(callers.server.url, "/ws/customer", alice) as wire:
        await wire.next()
        refused = []
        for other in (name, "nowhere"):
            await wire.say(type="watch", conversation_id=other)
            refused.append(str(await wire.kind("error")).replace(other, "…"))
        assert refused[0] == refused[1]
    visitor: Headers = {}
    assert await code(callers, f"/ws/customer/{name}", visitor) == 4404
    assert await code(callers, f"/ws/customer/{name}", callers.admin) == 4404


async def test_another_tenants_operator_sees_nothing(callers: Callers) -> None:
    name = await conversation_of(callers, await callers.customer(BOB))
    other = await callers.key(tenant=OTHER_TENANT, role="admin")
    assert await code(callers, f"/ws/operator/{name}", other) == 4404
    async with wired(callers.server.url, "/ws/operator", other) as queue:
        assert (await queue.next())["queue"] == []
        await queue.say(type="watch", conversation_id=name)
        assert (await queue.kind("error"))["status"] == 404


async def test_operators_sockets_are_for_operators(callers: Callers) -> None:
    customer = await callers.customer(ALICE)
    assert await code(callers, "/ws/operator", customer) == 4403
    assert await code(callers, "/ws/operator") == 4401
    assert await code(callers, "/ws/operator/nowhere", customer) == 4403
    app = await callers.key(Permission.CHAT)
    assert await code(callers, "/ws/operator", app) == 4403
    assert await code(callers, f"/ws/customer?customer_id={BOB}", app) == 4403
    reader = await callers.key(Permission.READ_CONVERSATIONS)
    assert await code(callers, "/ws/customer", reader) == 4403


async def test_a_page_needs_an_origin_that_the_tenant_lists(callers: Callers) -> None:
    headers = await callers.customer(ALICE)
    for origin in ("https://evil.example", "null"):
        assert await code(callers, "/ws/customer", {**headers, "origin": origin}) == 4403
    own = {**headers, "origin": callers.server.url}
    async with wired(callers.server.url, "/ws/customer", own) as wire:
        assert (await wire.next())["type"] == "conversation"


@pytest.mark.parametrize(
    "path", ["/ws/customer/with%20space", "/ws/customer?customer_id=x", "/ws/operator/a?after=-1"]
)
async def test_a_bad_address_is_4422(callers: Callers, path: str) -> None:
    assert await code(callers, path, callers.admin) == 4422


async def test_a_place_beyond_the_end_of_the_log_is_4422(callers: Callers) -> None:
    headers = await callers.customer(ALICE)
    name = await conversation_of(callers, headers)
    assert await code(callers, f"/ws/customer/{name}?after={2**60}", headers) == 4422


NONSENSE: dict[str, str | bytes] = {
    "no json": "hello?",
    "empty": "",
    "binary": b"\x00\x01",
    "a list": "[]",
    "a number": "7",
    "no type": '{"content": "Hi"}',
    "an unknown type": '{"type": "token", "content": "You owe us nothing."}',
    "a server's frame": '{"type": "state", "owner": "ai"}',
    "a role of one's own": '{"type": "message", "content": "Hi", "role": "operator"}',
    "a conversation of one's own": '{"type": "message", "content": "Hi", "conversation_id": "x"}',
    "blank words": '{"type": "message", "content": "   "}',
    "too many words": '{"type": "message", "content": "' + "x" * 8001 + '"}',
    "an unsafe id": '{"type": "message", "content": "Hi", "message_id": "../x"}',
    "a control character": '{"type": "message", "content": "Hi\\u0000"}',
    "a lone surrogate": '{"type": "message", "content": "\\ud800"}',
    "the same key twice": '{"type": "message", "content": "Hi", "content": "Ho"}',
    "a deep one": '{"type": "message", "content": ' + "[" * 50 + "]" * 50 + "}",
    "a number that is none": '{"type": "seen", "seq": NaN}',
    "a seq below zero": '{"type": "seen", "seq": -1}',
    "a huge seq": '{"type": "seen", "seq": 1e300}',
    "typing maybe": '{"type": "typing", "on": "yes"}',
    "watching a number": '{"type": "watch", "conversation_id": 7}',
}


async def test_nonsense_is_refused_and_the_conversation_goes_on(callers: Callers) -> None:
    async with wired(callers.server.url, "/ws/customer", await callers.customer(ALICE)) as wire:
        name = (await wire.next())["conversation_id"]
        for what, raw in NONSENSE.items():
            await wire.socket.send(raw)
            refused = await wire.kind("error")
            assert (refused["status"], refused["seq"]) == (422, None), what
            assert refused["detail"], what
        await wire.words("Hello", "m1")
        await wire.kind("message", role="assistant")
    async with callers.http(await callers.customer(ALICE)) as http:
        items = (await http.get(f"/v1/conversations/{name}/messages")).json()["items"]
    assert [one["content"] for one in items if one["role"] == "customer"] == ["Hello"]


async def test_who_sends_hundreds_of_frames_at_once_keeps_only_themselves_waiting(
    callers: Callers,
) -> None:
    alice = await callers.customer(ALICE)
    async with (
        wired(callers.server.url, "/ws/customer", alice, close_timeout=0.1) as flood,
        wired(callers.server.url, "/ws/customer", await callers.customer(BOB)) as other,
    ):
        await flood.next()
        await other.next()
        for number in range(250):
            await flood.say(type="typing", on=number % 2 == 0)
        await flood.words("And now?", "last")
        await other.words("Hello", "m1")
        await other.kind("message", role="assistant")
        late = await flood.quiet(0.3)
        assert not [frame for frame in late if frame["type"] == "message"]


@pytest.mark.parametrize("size", [MOST_FRAME_BYTES + 1, 20 * 1024 * 1024])
async def test_a_frame_that_is_too_large_ends_the_socket(callers: Callers, size: int) -> None:
    async with wired(callers.server.url, "/ws/customer", await callers.customer(ALICE)) as wire:
        await wire.next()
        with suppress(ConnectionClosed):
            await wire.socket.send("x" * size)
        assert await wire.code() == 1009


async def test_sockets_are_counted_by_what_became_of_them(callers: Callers) -> None:
    headers = await callers.customer(ALICE)
    name = await conversation_of(callers, headers)
    assert await code(callers, "/ws/operator") == 4401
    async with wired(callers.server.url, f"/ws/customer/{name}?after=0", headers) as wire:
        await wire.say(type="typing", on=True)
        await wire.kind("presence")
        async with callers.http({}) as http:
            counted = (await http.get("/metrics")).text
    assert 'websocket_connections{kind="customer"}' in counted
    for family in ('closes_total{code="4401"}', 'frames_total{direction="in",kind="customer"}'):
        assert f"websocket_{family}" in counted
    assert "websocket_catch_up_entries_count 0.0" not in counted
    assert "_created" not in counted


async def test_an_operator_cannot_write_where_the_ai_answers(callers: Callers) -> None:
    name = await conversation_of(callers, await callers.customer(BOB))
    async with wired(callers.server.url, f"/ws/operator/{name}", callers.admin) as wire:
        await wire.next()
        await wire.words("I take over!", "o1")
        refused = await wire.kind("error")
        assert (refused["status"], refused["message_id"]) == (409, "o1")


async def test_a_customer_who_was_forgotten_is_told_that_there_is_nothing(
    callers: Callers,
) -> None:
    async with wired(callers.server.url, "/ws/customer") as wire:
        first = await wire.next()
        async with callers.database.transaction(DEMO_TENANT) as db:
            await db.execute("DELETE FROM conversations WHERE id = %s", [first["conversation_id"]])
        await wire.words("Hello")
        assert (await wire.kind("error"))["status"] == 404
