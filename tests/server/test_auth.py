"""Credentials: whatever is wrong with one, the answer is the same 401."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from data import keys
from data.keys import new_key
from server.auth.permissions import Permission
from server.auth.tokens import Visitor, customer_token, visitor_token
from server.installation import installation_secrets
from server.settings import DEMO_TENANT
from tests.served import served
from tests.server.callers import ALICE, OTHER_TENANT, Callers, problem, same, thread
from tests.server.forged_tokens import FORGED, claims, signed

REVOKED_WITHIN_S = 5.0  # what we promise
RETURNS = "How long do I have to return a defective item?"


@pytest.fixture(scope="module")
async def refusal(callers: Callers) -> dict[str, Any]:
    """What every bad customer token is answered with."""
    async with callers.http({"authorization": "Bearer x.y.z"}) as http:
        return same(problem(await http.get("/v1/conversations"), 401))


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_gets_the_same_401(
    callers: Callers, refusal: dict[str, Any], name: str
) -> None:
    token = FORGED[name](await callers.secret(), await callers.secret(OTHER_TENANT))
    async with callers.http({"authorization": f"Bearer {token}"}) as http:
        for answer in (
            await http.get("/v1/conversations"),
            await http.post("/v1/chat", json={"message": "Hi"}),
            await http.post("/support/stream", json={"input": {"messages": []}}),
        ):
            assert same(problem(answer, 401)) == refusal
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "given", ["Basic YTpi", "bearer", "Bearer", "Token x", "", "x", "Bearer\tx.y.z"]
)
async def test_another_kind_of_authorization_is_no_stranger_but_a_401(
    callers: Callers, refusal: dict[str, Any], given: str
) -> None:
    async with callers.http({"authorization": given}) as http:
        found = await http.post("/v1/chat", json={"message": "Hi"})
    assert same(problem(found, 401)) == refusal


@pytest.mark.parametrize("life", [timedelta(minutes=1), timedelta(hours=24)])
async def test_a_good_token_of_a_usual_life_is_taken(callers: Callers, life: timedelta) -> None:
    token = customer_token(await callers.secret(), DEMO_TENANT, ALICE, life)
    for scheme in ("Bearer", "bearer", "BEARER"):
        async with callers.http({"authorization": f"{scheme} {token}"}) as http:
            assert (await http.get("/v1/conversations")).status_code == 200


async def test_a_host_application_may_sign_what_else_it_likes(callers: Callers) -> None:
    now = time.time()
    token = signed(await callers.secret(), claims(iat=now, exp=now + 60.5, name="Alice", kid=1))
    async with callers.http({"authorization": f"Bearer {token}"}) as http:
        assert (await http.get("/v1/conversations")).status_code == 200


async def test_wrong_revoked_and_expired_keys_get_the_same_401(callers: Callers) -> None:
    revoked, expired = new_key(), new_key()
    await callers.store(revoked, role="admin")
    await callers.store(expired, role="admin", life=timedelta(seconds=-1))
    async with callers.database.ops_transaction() as ops:
        found = next(k for k in await keys.list_keys(ops, DEMO_TENANT) if k.prefix == revoked[:10])
        await keys.revoke_key(ops, DEMO_TENANT, found.id)
    given = [
        revoked,
        expired,
        new_key(),
        callers.server.key + "x",
        "",
        "é".encode().decode("latin-1"),
    ]
    bodies = []
    for key in given:
        async with httpx.AsyncClient(base_url=callers.server.url) as http:
            answer = await http.get(
                "/v1/conversations", headers={b"x-api-key": key.encode("latin-1")}
            )
        bodies.append(same(problem(answer, 401)))
    assert all(body == bodies[0] for body in bodies)


async def test_a_key_that_is_revoked_while_in_use_stops_within_seconds(callers: Callers) -> None:
    key = new_key()
    await callers.store(key, role="admin")
    async with callers.http({"x-api-key": key}) as http:
        assert (await http.get("/v1/conversations")).status_code == 200
        async with callers.database.ops_transaction() as ops:
            found = next(k for k in await keys.list_keys(ops, DEMO_TENANT) if k.prefix == key[:10])
            await keys.revoke_key(ops, DEMO_TENANT, found.id)
        async with asyncio.timeout(REVOKED_WITHIN_S):
            while (await http.get("/v1/conversations")).status_code == 200:
                await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [
        ((), (403, 403, 403)),
        ((Permission.CHAT,), (200, 403, 403)),
        ((Permission.CHAT, Permission.ACT_FOR_CUSTOMERS), (200, 200, 403)),
        ((Permission.READ_CONVERSATIONS,), (403, 403, 200)),
        ((Permission.ACT_FOR_CUSTOMERS,), (403, 403, 403)),
    ],
)
async def test_an_apps_key_does_what_its_scopes_say(
    callers: Callers, scopes: tuple[Permission, ...], statuses: tuple[int, ...]
) -> None:
    async with callers.http(await callers.key(*scopes)) as http:
        plain = await http.post("/v1/chat", json={"message": RETURNS})
        acting = await http.post("/v1/chat", json={"message": RETURNS, "customer_id": ALICE})
        listed = await http.get("/v1/conversations")
    assert (plain.status_code, acting.status_code, listed.status_code) == statuses
    for answer in (plain, acting, listed):
        if answer.status_code == 403:
            problem(answer, 403)


async def test_a_customer_cannot_speak_for_another(callers: Callers) -> None:
    body = {"message": RETURNS, "customer_id": 2}
    async with callers.http(await callers.customer(ALICE)) as http:
        problem(await http.post("/v1/chat", json=body), 403)
    async with callers.http() as http:
        problem(await http.post("/v1/chat", json=body), 401)


async def test_a_visitors_token_opens_the_visitors_conversations_only(callers: Callers) -> None:
    async with callers.http() as http:
        mine = (await http.post("/v1/chat", json={"message": RETURNS})).json()
        other = (await http.post("/v1/chat", json={"message": RETURNS})).json()
    assert mine["conversation_token"] != other["conversation_token"]
    async with callers.http({"x-conversation-token": mine["conversation_token"]}) as http:
        listed = (await http.get("/v1/conversations")).json()["items"]
        assert [one["id"] for one in listed] == [mine["conversation_id"]]
        problem(await http.get(f"/v1/conversations/{other['conversation_id']}"), 404)
        closed = await http.post(f"/v1/conversations/{mine['conversation_id']}/close")
        assert closed.status_code == 200


async def test_a_forged_visitors_token_gets_a_401(callers: Callers) -> None:
    secrets = installation_secrets(callers.server.settings)
    visitor = Visitor(DEMO_TENANT, "visitor:1")
    pretender = Visitor(DEMO_TENANT, "customer:1")
    forged = [
        visitor_token("x" * 64, visitor),
        visitor_token(secrets.visitors, pretender),
        visitor_token(await callers.secret(), visitor),
        visitor_token(secrets.visitors, Visitor("demo:x", "visitor:1")),
        customer_token(secrets.visitors, DEMO_TENANT, ALICE),
        customer_token(await callers.secret(), DEMO_TENANT, ALICE),
        visitor_token(secrets.visitors, visitor)[:-2],
        "",
    ]
    for token in forged:
        async with callers.http({"x-conversation-token": token}) as http:
            problem(await http.post("/v1/chat", json={"message": "Hi"}), 401)
    token = visitor_token(secrets.visitors, visitor)
    async with callers.http({"authorization": f"Bearer {token}"}) as http:
        problem(await http.post("/v1/chat", json={"message": "Hi"}), 401)


PRIVATE = [
    ("GET", "/v1/conversations"),
    ("GET", "/v1/conversations/x"),
    ("GET", "/v1/conversations/x/messages"),
    ("POST", "/v1/conversations/x/close"),
    ("GET", "/v1/handoffs"),
    ("POST", "/v1/handoffs/x/messages"),
    ("POST", "/v1/handoffs/x/resolve"),
    ("GET", "/v1/api-keys"),
]


@pytest.mark.parametrize(("method", "path"), PRIVATE)
async def test_a_visitor_without_a_token_is_let_in_to_chat_only(
    callers: Callers, method: str, path: str
) -> None:
    async with callers.http() as http:
        problem(await http.request(method, path), 401)


async def test_where_keys_are_required_nobody_chats_without_a_credential(
    callers: Callers, seeded_url: str, data_dir: Path
) -> None:
    async with callers.http() as http:
        opened = (await http.post("/v1/chat", json={"message": RETURNS})).json()
    async with (
        served(seeded_url, data_dir, {"REQUIRE_API_KEY": "true"}) as strict,
        httpx.AsyncClient(base_url=strict.url, timeout=60) as http,
    ):
        for method, path in [*PRIVATE, ("POST", "/v1/chat"), ("POST", "/support/invoke")]:
            problem(await http.request(method, path, json={}), 401)
        assert (await http.get("/v1/health")).status_code == 200
        body = {"message": RETURNS, "conversation_id": thread()}
        for token in (callers.admin, await callers.customer(ALICE)):
            assert (await http.get("/v1/conversations", headers=token)).status_code == 200
        answer = await http.post("/v1/chat", json=body, headers=callers.admin)
        assert answer.status_code == 200
        back = {"x-conversation-token": opened["conversation_token"]}
        assert (await http.get("/v1/conversations", headers=back)).status_code == 200


async def test_one_request_shows_one_credential_and_the_strongest_counts(
    callers: Callers,
) -> None:
    both = {**callers.admin, **await callers.customer(ALICE)}
    bad = {**await callers.customer(ALICE), "x-api-key": "wrong"}
    async with callers.http(both) as http:
        assert (await http.get("/v1/handoffs")).status_code == 200
    async with callers.http(bad) as http:
        problem(await http.get("/v1/conversations"), 401)
