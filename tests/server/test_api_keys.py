"""API keys over HTTP: made, shown once, rotated with an overlap, revoked, and their last use."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from data.db import Database
from data.scope import Role
from server.auth.last_used import WRITE_EVERY_S, LastUsed
from server.auth.permissions import ALLOWED, SCOPES, Permission
from tests.server.addresses import NOTHING
from tests.server.callers import OTHER_TENANT, Callers, problem, same


@pytest.fixture
async def http(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as client:
        yield client


async def made(http: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await http.post("/v1/api-keys", json={"name": "shop", "scopes": ["chat"], **body})
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def status_of(callers: Callers, key: str, path: str = "/v1/conversations") -> int:
    async with callers.http({"x-api-key": key}) as http:
        return (await http.get(path)).status_code


async def test_a_key_is_shown_once_and_does_what_its_scopes_say(
    callers: Callers, http: httpx.AsyncClient
) -> None:
    key = await made(http, scopes=["conversations:read"])
    assert key["prefix"] == key["key"][:10]
    assert await status_of(callers, key["key"]) == 200
    assert await status_of(callers, key["key"], "/v1/api-keys") == 403
    listed = await http.get("/v1/api-keys")
    assert key["id"] in {one["id"] for one in listed.json()["items"]}
    assert key["key"] not in listed.text


async def test_an_admins_key_has_every_scope(callers: Callers, http: httpx.AsyncClient) -> None:
    key = await made(http, role="admin", scopes=[])
    assert set(key["scopes"]) == SCOPES
    assert await status_of(callers, key["key"], "/v1/api-keys") == 200


@pytest.mark.parametrize("scope", sorted(set(Permission) - ALLOWED[Role.APP]))
async def test_an_app_cannot_be_given_what_no_app_may(
    http: httpx.AsyncClient, scope: Permission
) -> None:
    answer = await http.post("/v1/api-keys", json={"name": "shop", "scopes": [scope]})
    assert problem(answer, 422)["errors"][0]["field"] == "scopes"


async def test_after_a_rotation_both_keys_work_until_the_overlap_ends(
    callers: Callers, http: httpx.AsyncClient
) -> None:
    for overlap_s, old_works in ((3600, True), (0, False)):
        old = await made(http, scopes=["conversations:read"])
        answer = await http.post(f"/v1/api-keys/{old['id']}/rotate", json={"overlap_s": overlap_s})
        new = answer.json()
        assert answer.status_code == 201
        assert (new["replaces"], new["scopes"], new["name"]) == (
            old["id"],
            old["scopes"],
            old["name"],
        )
        assert await status_of(callers, new["key"]) == 200
        assert await status_of(callers, old["key"]) == (200 if old_works else 401)


async def test_a_rotation_never_lengthens_a_keys_life(http: httpx.AsyncClient) -> None:
    ends = "2099-01-01T00:00:00Z"
    old = await made(http, expires_at=ends)
    rotate = f"/v1/api-keys/{old['id']}/rotate"
    new = (await http.post(rotate, json={"overlap_s": 60})).json()
    assert new["expires_at"] == ends
    (shown,) = [o for o in (await http.get("/v1/api-keys")).json()["items"] if o["id"] == old["id"]]
    assert shown["expires_at"] < ends
    again = (await http.post(rotate, json={"overlap_s": 86400})).status_code
    (later,) = [o for o in (await http.get("/v1/api-keys")).json()["items"] if o["id"] == old["id"]]
    assert (again, later["expires_at"]) == (201, shown["expires_at"])


async def test_a_revoked_key_stops_within_five_seconds_and_cannot_be_rotated(
    callers: Callers, http: httpx.AsyncClient
) -> None:
    key = await made(http, scopes=["conversations:read"])
    assert await status_of(callers, key["key"]) == 200
    shown = (await http.delete(f"/v1/api-keys/{key['id']}")).json()
    assert shown["revoked_at"]
    assert not shown["valid"]
    async with asyncio.timeout(5):
        while await status_of(callers, key["key"]) == 200:
            await asyncio.sleep(0.1)
    problem(await http.post(f"/v1/api-keys/{key['id']}/rotate", json={}), 409)
    again = (await http.delete(f"/v1/api-keys/{key['id']}")).json()
    assert again["revoked_at"] == shown["revoked_at"]


async def test_another_tenants_key_looks_like_one_that_is_not_there(
    callers: Callers, http: httpx.AsyncClient
) -> None:
    await callers.key(Permission.CHAT, tenant=OTHER_TENANT)
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as other:
        theirs = (await other.get("/v1/api-keys")).json()["items"][0]["id"]
    assert theirs not in (await http.get("/v1/api-keys", params={"limit": 100})).text
    for method, path in (("DELETE", "/v1/api-keys/{}"), ("POST", "/v1/api-keys/{}/rotate")):
        foreign = await http.request(method, path.format(theirs), json={})
        missing = await http.request(method, path.format(NOTHING), json={})
        expected = {**same(problem(missing, 404))}
        expected["detail"] = expected["detail"].replace(str(NOTHING), theirs)
        assert same(problem(foreign, 404)) == expected


async def test_a_long_list_comes_in_pages_without_gaps_or_doubles(callers: Callers) -> None:
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        for _ in range(5):
            await made(http)
        whole = [one["id"] for one in (await http.get("/v1/api-keys")).json()["items"]]
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await http.get("/v1/api-keys", params={"limit": 2, **cursor})).json()
            found += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
    assert found == whole


async def test_a_thousand_uses_are_one_write(rows: Database) -> None:
    noted = LastUsed(rows)
    async with rows.ops_transaction() as ops:
        (key_id, *_), *_ = await (await ops.execute("SELECT id FROM ops.api_keys")).fetchall()
    for _ in range(1000):
        noted.note(key_id)
    versions = [await version(rows, key_id)]
    for _ in range(3):
        await noted.write()
        versions.append(await version(rows, key_id))
    assert versions[0] != versions[1] == versions[2] == versions[3]


async def version(rows: Database, key_id: UUID) -> object:
    """Which transaction wrote the row as it is."""
    query = "SELECT xmin::text FROM ops.api_keys WHERE id = %s"
    async with rows.ops_transaction() as ops:
        return await (await ops.execute(query, [key_id])).fetchone()


async def test_the_last_use_is_shown_soon_after(callers: Callers, http: httpx.AsyncClient) -> None:
    key = await made(http, scopes=["conversations:read"])
    assert key["last_used_at"] is None
    await status_of(callers, key["key"])
    async with asyncio.timeout(WRITE_EVERY_S + 5):
        while True:
            items = (await http.get("/v1/api-keys")).json()["items"]
            (shown,) = [one for one in items if one["id"] == key["id"]]
            if shown["last_used_at"]:
                break
            await asyncio.sleep(0.5)
    assert shown["last_used_at"] >= key["created_at"]


@pytest.mark.parametrize("path", ["/v1/api-keys", "/v1/api-keys/{id}/rotate"])
async def test_a_repeated_request_makes_one_key_and_shows_it_once(
    callers: Callers, http: httpx.AsyncClient, path: str
) -> None:
    path = path.format(id=(await made(http))["id"])
    body: dict[str, Any] = {"overlap_s": 60} if path.endswith("rotate") else {"name": "once"}
    named = {"Idempotency-Key": uuid4().hex}
    asked = [http.post(path, json=body, headers=named) for _ in range(4)]
    answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert len({answer["id"] for answer in answers}) == 1
    (key,) = {answer["key"] for answer in answers} - {None}
    assert sum(answer["key"] is not None for answer in answers) == 1
    assert await status_of(callers, key) != 401
    other = {"overlap_s": 61} if path.endswith("rotate") else {"name": "other"}
    assert (
        "Idempotency-Key"
        in problem(await http.post(path, json=other, headers=named), 409)["detail"]
    )
