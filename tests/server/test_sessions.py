"""Sessions: refresh tokens that work once, reuse that ends them, revocation."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.server.callers import OTHER_TENANT, Callers, problem
from tests.server.people import SignedIn, bearer, sign_in, signed_in

GONE_WITHIN_S = 5.0


@pytest.fixture
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


@pytest.fixture
async def http(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http() as http:
        yield http


@pytest.fixture
async def person(admin: httpx.AsyncClient) -> SignedIn:
    return await signed_in(admin)


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/v1/auth/refresh", json={"refresh_token": token})


async def out(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    async with asyncio.timeout(GONE_WITHIN_S):
        while (await http.get("/v1/handoffs", headers=headers)).status_code != 401:
            await asyncio.sleep(0.1)


async def test_each_refresh_token_brings_the_next_pair(
    http: httpx.AsyncClient, person: SignedIn
) -> None:
    tokens, seen = person.tokens, set()
    for _ in range(3):
        answer = await refresh(http, tokens["refresh_token"])
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        tokens = answer.json()
        seen |= {tokens["access_token"], tokens["refresh_token"]}
        assert tokens["session_id"] == person.tokens["session_id"]
        headers = bearer(tokens["access_token"])
        assert (await http.get("/v1/handoffs", headers=headers)).status_code == 200
    assert len(seen) == 6


async def test_a_refresh_token_used_twice_ends_the_session_for_thief_and_owner(
    http: httpx.AsyncClient, person: SignedIn
) -> None:
    stolen = person.tokens["refresh_token"]
    newer = (await refresh(http, stolen)).json()
    problem(await refresh(http, stolen), 401)
    problem(await refresh(http, newer["refresh_token"]), 401)
    await out(http, bearer(newer["access_token"]))
    assert (await sign_in(http, person.email)).status_code == 200


async def test_of_many_at_once_with_one_refresh_token_at_most_one_gets_tokens(
    http: httpx.AsyncClient, person: SignedIn
) -> None:
    token = person.tokens["refresh_token"]
    answers = await asyncio.gather(*(refresh(http, token) for _ in range(8)))
    good = [one for one in answers if one.status_code == 200]
    assert len(good) == 1
    problem(await refresh(http, good[0].json()["refresh_token"]), 401)


async def test_tokens_of_one_kind_do_not_pass_for_another(
    http: httpx.AsyncClient, person: SignedIn
) -> None:
    problem(await refresh(http, person.tokens["access_token"]), 401)
    problem(await http.get("/v1/handoffs", headers=bearer(person.tokens["refresh_token"])), 401)
    problem(
        await http.get(
            "/v1/conversations", headers={"x-conversation-token": person.tokens["access_token"]}
        ),
        401,
    )


async def test_who_signs_out_is_out_of_this_session_only(
    http: httpx.AsyncClient, person: SignedIn
) -> None:
    other = (await sign_in(http, person.email)).json()
    body = {"refresh_token": person.tokens["refresh_token"]}
    assert (await http.post("/v1/auth/logout", json=body)).status_code == 200
    assert (await http.post("/v1/auth/logout", json=body)).status_code == 200
    problem(await refresh(http, person.tokens["refresh_token"]), 401)
    await out(http, person.headers)
    assert (await refresh(http, other["refresh_token"])).status_code == 200


async def test_operators_see_and_end_their_own_sessions_only(
    admin: httpx.AsyncClient, http: httpx.AsyncClient, person: SignedIn
) -> None:
    colleague = await signed_in(admin)
    second = (await sign_in(http, person.email)).json()
    mine = {person.tokens["session_id"], second["session_id"]}
    for asked in ({}, {"operator_id": colleague.ids["operator_id"]}):
        listed = await http.get("/v1/auth/sessions", headers=person.headers, params=asked)
        assert {one["id"] for one in listed.json()["items"]} == mine
    theirs = f"/v1/auth/sessions/{colleague.tokens['session_id']}"
    problem(await http.delete(theirs, headers=person.headers), 404)
    ended = await http.delete(f"/v1/auth/sessions/{second['session_id']}", headers=person.headers)
    assert ended.json()["revoked_at"]
    await out(http, bearer(second["access_token"]))
    assert (await http.get("/v1/handoffs", headers=colleague.headers)).status_code == 200


async def test_admins_see_and_end_everybodys_sessions_of_their_tenant(
    callers: Callers, admin: httpx.AsyncClient, http: httpx.AsyncClient, person: SignedIn
) -> None:
    whose = {"operator_id": person.ids["operator_id"]}
    listed = (await admin.get("/v1/auth/sessions", params=whose)).json()["items"]
    assert [one["id"] for one in listed] == [person.tokens["session_id"]]
    assert listed[0]["client"].startswith("python-httpx")
    address = f"/v1/auth/sessions/{person.tokens['session_id']}"
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as other:
        assert (await other.get("/v1/auth/sessions", params=whose)).json()["items"] == []
        problem(await other.delete(address), 404)
    assert (await admin.delete(address)).status_code == 200
    await out(http, person.headers)
