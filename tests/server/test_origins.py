"""Which pages may read what the API answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from data import tenants
from data.db import Database
from data.tenants import Tenant
from server.auth.permissions import Permission
from tests.served import Served, served
from tests.server.callers import OTHER_TENANT, Callers, chat, problem

OURS, THEIRS, STRANGE = "https://shop.example", "https://roofs.example", "https://evil.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture(scope="module")
async def server(seeded_url: str, data_dir: Path, rows: Database) -> AsyncIterator[Served]:
    async with rows.ops_transaction() as ops:
        found = await tenants.get_tenant(ops, OTHER_TENANT)
        own = {**found.settings, "cors_origins": [THEIRS]}
        await tenants.upsert_tenant(ops, Tenant(found.id, found.name, own, found.token_secret))
    async with served(seeded_url, data_dir, {"CORS_ORIGINS": OURS}) as running:
        yield running


async def preflight(http: httpx.AsyncClient, origin: str) -> httpx.Response:
    asks = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key, content-type",
    }
    return await http.options("/v1/chat", headers=asks)


@pytest.mark.parametrize("origin", [OURS, THEIRS])
async def test_a_preflight_is_granted_where_any_tenant_lists_the_origin(
    callers: Callers, origin: str
) -> None:
    async with callers.http() as http:
        answer = await preflight(http, origin)
    assert answer.status_code == 204
    assert answer.headers[ALLOWED] == origin
    assert answer.headers["vary"] == "Origin"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert {"X-API-Key", "Authorization", "Content-Type"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", [STRANGE, "null", f"{OURS}.evil.example", f"{OURS}/", "*"])
async def test_no_other_preflight_is(callers: Callers, origin: str) -> None:
    async with callers.http() as http:
        answer = await preflight(http, origin)
    problem(answer, 403)
    assert ALLOWED not in answer.headers


async def test_an_answer_is_for_the_pages_of_its_own_tenant(callers: Callers) -> None:
    for tenant, own, other in (("demo", OURS, THEIRS), (OTHER_TENANT, THEIRS, OURS)):
        async with callers.http(await callers.key(Permission.CHAT, tenant=tenant)) as http:
            answer = await chat(http, "Hello", {"origin": own})
            assert answer.headers[ALLOWED] == own
            assert "RateLimit-Remaining" in answer.headers["access-control-expose-headers"]
            for strange in (other, STRANGE):
                answer = await chat(http, "Hello", {"origin": strange})
                assert answer.status_code == 200
                assert answer.headers["vary"] == "Origin"
                assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_stream_is_for_those_pages_too(callers: Callers) -> None:
    async with callers.http(await callers.key(Permission.CHAT)) as http:
        for origin, allowed in ((OURS, OURS), (THEIRS, None)):
            headers = {"origin": origin, "accept": "text/event-stream"}
            answer = await chat(http, "Hello", headers)
            assert answer.headers.get(ALLOWED) == allowed


async def test_a_page_can_read_why_it_was_refused(callers: Callers) -> None:
    async with callers.http({"x-api-key": "sb_wrong"}) as http:
        answer = await chat(http, "Hello", {"origin": THEIRS})
        problem(answer, 401)
        assert answer.headers[ALLOWED] == THEIRS
        assert ALLOWED not in (await chat(http, "Hello", {"origin": STRANGE})).headers


async def test_a_visitor_is_the_demo_tenants(callers: Callers) -> None:
    async with callers.http() as http:
        assert (await chat(http, "Hello", {"origin": OURS})).headers[ALLOWED] == OURS
        assert ALLOWED not in (await chat(http, "Hello", {"origin": THEIRS})).headers


async def test_without_an_origin_nothing_is_said_about_it(callers: Callers) -> None:
    async with callers.http() as http:
        answer = await http.get("/healthz")
    assert not [name for name in answer.headers if name.startswith("access-control")]
