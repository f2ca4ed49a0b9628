"""What an admin sets of their company's limits and pages counts for it, and for nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from data.db import Database
from server.auth.permissions import Permission
from server.routes.config import checked_origins
from server.settings import Settings
from tests.server.callers import OTHER_TENANT, Callers, problem

PATH = "/ops/config"
COUNTS_WITHIN_S = 5.0


@pytest.fixture
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        before = (await http.get(PATH)).json()
        yield http
        nothing = dict.fromkeys(before["limits"])
        await http.patch(PATH, json={"limits": nothing, "cors_origins": None})
        assert (await http.get(PATH)).json() == before


async def test_a_limit_counts_at_once_and_goes_back(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    before = (await admin.get(PATH)).json()
    assert before["limits"] == before["defaults"]
    changed = await admin.patch(PATH, json={"limits": {"search": "2/hour"}})
    assert changed.json() == before | {"limits": before["limits"] | {"search": "2/hour"}}
    async with callers.http(await callers.key(Permission.SEARCH_KNOWLEDGE)) as http:
        found = [(await http.get("/v1/knowledge/search?q=router")).status_code for _ in range(3)]
        assert found == [200, 200, 429]
        await admin.patch(PATH, json={"limits": {"search": None}})
        assert (await http.get("/v1/knowledge/search?q=router")).status_code == 200
    assert (await admin.get(PATH)).json() == before


async def test_another_process_hears_of_it_within_five_seconds(
    callers: Callers, admin: httpx.AsyncClient, rows: Database
) -> None:
    """Written behind the server's back, as by another one."""
    async with rows.ops_transaction() as ops:
        await ops.execute(
            "UPDATE ops.tenants SET settings = settings || %s WHERE id = 'demo'",
            ['{"cors_origins": ["https://late.example"]}'],
        )
    async with asyncio.timeout(COUNTS_WITHIN_S), callers.http(callers.admin) as http:
        while True:
            answer = await http.get("/v1/tickets", headers={"origin": "https://late.example"})
            if "access-control-allow-origin" in answer.headers:
                break
            await asyncio.sleep(0.2)


async def test_pages_are_the_companys_own(callers: Callers, admin: httpx.AsyncClient) -> None:
    pages = ["https://shop.example", "http://localhost:3000"]
    changed = await admin.patch(PATH, json={"cors_origins": pages})
    assert changed.json()["cors_origins"] == sorted(pages)
    origin = {"origin": pages[0]}
    answer = await admin.get("/v1/tickets", headers=origin)
    assert answer.headers["access-control-allow-origin"] == pages[0]
    async with callers.http(await callers.key(tenant=OTHER_TENANT)) as other:
        answer = await other.get("/v1/conversations", headers=origin)
        assert "access-control-allow-origin" not in answer.headers
    assert (await admin.patch(PATH, json={"cors_origins": []})).json()["cors_origins"] == []


async def test_a_budget_of_tokens_is_set_and_nothing_else_of_the_company_changes(
    admin: httpx.AsyncClient, rows: Database
) -> None:
    async def settings() -> dict[str, Any]:
        async with rows.ops_transaction() as ops:
            cursor = await ops.execute("SELECT settings FROM ops.tenants WHERE id = 'demo'")
            row = await cursor.fetchone()
        assert row
        return dict(row[0])

    before = await settings()
    changed = await admin.patch(PATH, json={"limits": {"model_tokens_per_day": 0}})
    assert changed.json()["limits"]["model_tokens_per_day"] == 0
    assert await settings() == before | {"limits": {"model_tokens_per_day": 0}}


async def test_how_long_handoffs_may_wait_is_set_and_goes_back(admin: httpx.AsyncClient) -> None:
    before = (await admin.get(PATH)).json()["handoff_minutes"]
    assert before == {"high": 5, "medium": 30, "low": 120, "expires": 3 * 24 * 60}
    for given in ({"expires": 60}, {"high": 2}):
        changed = (await admin.patch(PATH, json={"handoff_minutes": given})).json()
    assert changed["handoff_minutes"] == before | {"high": 2, "expires": 60}
    nothing = dict.fromkeys(before)
    changed = (await admin.patch(PATH, json={"handoff_minutes": nothing})).json()
    assert changed["handoff_minutes"] == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limits": {"chat": "often"}}, "limits.chat"),
        ({"limits": {"chat": "0/minute"}}, "limits.chat"),
        ({"limits": {"model_tokens_per_day": -1}}, "limits.model_tokens_per_day"),
        ({"limits": {"other": "1/minute"}}, "limits.other"),
        ({"cors_origins": ["*"]}, "cors_origins"),
        ({"cors_origins": ["https://a.example,https://b.example"]}, "cors_origins"),
        ({"cors_origins": [""]}, "cors_origins"),
        ({"jwt_secret_key": "x"}, "jwt_secret_key"),
        ({"handoff_minutes": {"expires": 0}}, "handoff_minutes.expires"),
        ({"handoff_minutes": {"high": True}}, "handoff_minutes.high"),
    ],
)
async def test_what_cannot_be_set_is_refused_by_its_field(
    admin: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    (error,) = problem(await admin.patch(PATH, json=body), 422)["errors"]
    assert error["field"] == field


def test_in_production_a_page_must_come_over_https() -> None:
    prod = Settings.model_construct(env="prod")
    with pytest.raises(Exception, match="https://"):
        checked_origins(["http://shop.example"], prod)
    assert checked_origins(["https://shop.example"], prod) == ["https://shop.example"]
