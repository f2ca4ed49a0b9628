"""Operators and admins: invited, signed in, changed, signed out, and nobody else let in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from server.auth.operator_tokens import INVITATION, invitation_token
from server.installation import installation_secrets
from tests.server.addresses import NOTHING
from tests.server.callers import OTHER_TENANT, Callers, problem, same
from tests.server.people import PASSWORD, accepted, bearer, invited, sign_in, signed_in

GONE_WITHIN_S = 5.0


@pytest.fixture
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


@pytest.fixture
async def http(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http() as http:
        yield http


async def until(http: httpx.AsyncClient, headers: dict[str, str], status: int, path: str) -> None:
    """A change counts everywhere within five seconds."""
    async with asyncio.timeout(GONE_WITHIN_S):
        while (await http.get(path, headers=headers)).status_code != status:
            await asyncio.sleep(0.1)


async def test_an_invited_operator_chooses_a_password_and_works(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = await invited(admin)
    assert not person["has_password"]
    problem(await sign_in(http, person["email"]), 401)
    first = await accepted(http, person["invitation_token"])
    assert (first["role"], first["operator_id"]) == ("operator", person["id"])
    again = (await sign_in(http, person["email"].upper())).json()
    for tokens in (first, again):
        headers = bearer(tokens["access_token"])
        assert (await http.get("/v1/handoffs", headers=headers)).status_code == 200
        problem(await http.get("/v1/operators", headers=headers), 403)
        problem(await http.get("/v1/api-keys", headers=headers), 403)


async def test_an_invited_admin_manages_operators(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    chief = await signed_in(admin, "admin")
    http.headers.update(chief.headers)
    person = await invited(http)
    listed = (await http.get("/v1/operators", params={"limit": 100})).json()["items"]
    assert {chief.email, person["email"]} <= {one["email"] for one in listed}


async def test_an_invitation_works_once(admin: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    person = await invited(admin)
    body = {"token": person["invitation_token"], "password": PASSWORD}
    tries = await asyncio.gather(*(http.post("/v1/auth/invitation", json=body) for _ in range(6)))
    assert sorted(t.status_code for t in tries) == [200, 401, 401, 401, 401, 401]


async def test_a_newer_invitation_voids_the_older_and_a_used_one_ends_sessions(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = await signed_in(admin)
    older = (await admin.post(f"/v1/operators/{person.ids['operator_id']}/invitation")).json()
    newer = (await admin.post(f"/v1/operators/{person.ids['operator_id']}/invitation")).json()
    body = {"token": older["invitation_token"], "password": "another password"}
    problem(await http.post("/v1/auth/invitation", json=body), 401)
    await accepted(http, newer["invitation_token"], "another password")
    problem(await http.post("/v1/auth/refresh", json=person.bodies["/v1/auth/refresh"]), 401)
    problem(await sign_in(http, person.email), 401)
    assert (await sign_in(http, person.email, "another password")).status_code == 200


async def test_a_forged_invitation_is_refused(
    callers: Callers, admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = await signed_in(admin)
    secret = installation_secrets(callers.server.settings).operators
    forged = [
        invitation_token("x" * 64, "demo", NOTHING),
        invitation_token(secret, "demo", NOTHING),
        invitation_token(secret, OTHER_TENANT, NOTHING),
        person.tokens["access_token"],
        person.tokens["refresh_token"],
        INVITATION,
    ]
    for token in forged:
        body = {"token": token, "password": PASSWORD}
        problem(await http.post("/v1/auth/invitation", json=body), 401)


async def test_whatever_is_wrong_a_failed_sign_in_has_the_same_words(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    known, closed, waiting = (await signed_in(admin), await signed_in(admin), await invited(admin))
    closing = await admin.patch(
        f"/v1/operators/{closed.ids['operator_id']}", json={"active": False}
    )
    assert closing.json()["active"] is False
    failed = [
        await sign_in(http, known.email, "wrong password"),
        await sign_in(http, known.email, PASSWORD, tenant=OTHER_TENANT),
        await sign_in(http, known.email, PASSWORD, tenant="nobody"),
        await sign_in(http, closed.email),
        await sign_in(http, waiting["email"]),
        await sign_in(http, "nobody@example.com"),
    ]
    bodies = [same(problem(answer, 401)) for answer in failed]
    assert all(body == bodies[0] for body in bodies)
    headers = [sorted(set(answer.headers) - {"date"}) for answer in failed]
    assert all(one == headers[0] for one in headers)


async def test_an_account_is_tried_a_few_times_a_minute_whether_it_exists_or_not(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    known = await signed_in(admin)
    for email in (known.email, "noone@example.com"):
        answers = await asyncio.gather(*(sign_in(http, email, "wrong word") for _ in range(20)))
        statuses = Counter(answer.status_code for answer in answers)
        assert set(statuses) == {401, 429}
        assert 10 <= statuses[401] <= 12  # a minute may end just then
    refused = await sign_in(http, known.email)
    problem(refused, 429)
    assert int(refused.headers["retry-after"]) >= 1


async def test_a_closed_account_is_out_within_five_seconds_and_back_when_it_is_opened(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = await signed_in(admin)
    address = f"/v1/operators/{person.ids['operator_id']}"
    await until(http, person.headers, 200, "/v1/handoffs")
    await admin.patch(address, json={"active": False})
    await until(http, person.headers, 401, "/v1/handoffs")
    problem(await http.post("/v1/auth/refresh", json=person.bodies["/v1/auth/refresh"]), 401)
    await admin.patch(address, json={"active": True})
    problem(await http.post("/v1/auth/refresh", json=person.bodies["/v1/auth/refresh"]), 401)
    assert (await sign_in(http, person.email)).status_code == 200


async def test_a_new_role_counts_within_five_seconds(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = await signed_in(admin)
    await until(http, person.headers, 403, "/v1/operators")
    changed = await admin.patch(
        f"/v1/operators/{person.ids['operator_id']}", json={"role": "admin"}
    )
    assert changed.json()["role"] == "admin"
    await until(http, person.headers, 200, "/v1/operators")


async def test_an_address_is_taken_once_in_a_tenant_and_free_in_another(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    person = await invited(admin)
    body = {"email": person["email"].upper()}
    problem(await admin.post("/v1/operators", json=body), 409)
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as other:
        assert (await other.post("/v1/operators", json=body)).status_code == 201


async def test_another_tenants_operator_looks_like_one_that_is_not_there(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as other:
        theirs = await invited(other)
    assert theirs["email"] not in (await admin.get("/v1/operators", params={"limit": 100})).text
    for method, path in (
        ("PATCH", "/v1/operators/{}"),
        ("POST", "/v1/operators/{}/invitation"),
        ("DELETE", "/v1/auth/sessions/{}"),
    ):
        foreign = await admin.request(method, path.format(theirs["id"]), json={})
        missing = await admin.request(method, path.format(NOTHING), json={})
        expected = same(problem(missing, 404))
        expected["detail"] = expected["detail"].replace(str(NOTHING), theirs["id"])
        assert same(problem(foreign, 404)) == expected


async def test_operators_come_in_pages(callers: Callers) -> None:
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        for _ in range(3):
            await invited(http)
        whole = [o["id"] for o in (await http.get("/v1/operators")).json()["items"]]
        first = (await http.get("/v1/operators", params={"limit": 2})).json()
        rest = (await http.get("/v1/operators", params={"cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == whole


async def test_a_repeated_request_adds_one_operator_and_shows_the_invitation_once(
    admin: httpx.AsyncClient,
) -> None:
    named = {"Idempotency-Key": uuid4().hex}
    body = {"email": f"{uuid4().hex}@example.com"}
    asked = [admin.post("/v1/operators", json=body, headers=named) for _ in range(3)]
    answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert sum(answer["invitation_token"] is not None for answer in answers) == 1
    without = [answer | {"invitation_token": None} for answer in answers]
    assert without[0] == without[1] == without[2]
    other = await admin.post("/v1/operators", json={"email": "x@example.com"}, headers=named)
    assert "Idempotency-Key" in problem(other, 409)["detail"]
    again = f"/v1/operators/{answers[0]['id']}/invitation"
    newer = await admin.post(again, headers=named | {"Idempotency-Key": uuid4().hex})
    assert newer.json()["invitation_token"]


async def test_who_knows_the_old_password_chooses_another_and_all_sessions_end(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = await signed_in(admin)
    other = (await sign_in(http, person.email)).json()
    wrong = {"old_password": "not the password", "new_password": "staple horse battery"}
    right = wrong | {"old_password": PASSWORD}
    path = "/v1/auth/password"
    problem(await http.put(path, json=wrong, headers=person.headers), 403)
    problem(
        await http.put(path, json=right | {"new_password": "short"}, headers=person.headers), 422
    )
    problem(await admin.put(path, json=right), 403)
    changed = await http.put(path, json=right, headers=person.headers)
    assert (changed.status_code, changed.headers["cache-control"]) == (200, "no-store")
    mine = bearer(changed.json()["access_token"])
    for headers in (person.headers, bearer(other["access_token"])):
        await until(http, headers, 401, "/v1/handoffs")
    assert (await http.get("/v1/handoffs", headers=mine)).status_code == 200
    problem(await sign_in(http, person.email), 401)
    assert (await sign_in(http, person.email, "staple horse battery")).status_code == 200


async def test_the_old_password_is_not_guessed_by_changing_it(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = await signed_in(admin)
    wrong = {"old_password": "not the password", "new_password": "staple horse battery"}
    tries = [
        (await http.put("/v1/auth/password", json=wrong, headers=person.headers)).status_code
        for _ in range(12)
    ]
    assert set(tries) == {403, 429}
    problem(await sign_in(http, person.email), 429)
