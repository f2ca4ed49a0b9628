"""A served Switchboard that lets little through."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from data import tenants
from data.db import Database
from data.tenants import Tenant, get_tenant
from server.auth.permissions import Permission
from server.replay.patience import Patience
from server.replay.recording import Recorded
from server.replay.sending import send_all
from tests.served import Served, served
from tests.server.callers import ALICE, BOB, OTHER_TENANT, Callers, chat, on, problem, says

FEW = {"RATE_LIMIT_CHAT": "3/day", "RATE_LIMIT_DEFAULT": "5/day"}


@pytest.fixture(scope="module")
async def server(seeded_url: str, data_dir: Path) -> AsyncIterator[Served]:
    async with served(seeded_url, data_dir, FEW) as running:
        yield running


async def test_after_so_many_messages_a_key_is_told_to_wait(callers: Callers) -> None:
    async with callers.http(await callers.key(Permission.CHAT)) as http:
        first = await chat(http, "Hello")
        assert first.status_code == 200
        assert first.headers["ratelimit-limit"] == "3"
        assert first.headers["ratelimit-remaining"] == "2"
        for _ in range(2):
            assert (await chat(http, "Hello")).status_code == 200
        refused = await chat(http, "Hello")
        found = problem(refused, 429)
        assert found["type"] == "/problems/rate_limited"
        assert 1 <= int(refused.headers["retry-after"]) <= 86_400
        assert refused.headers["ratelimit-remaining"] == "0"
        # another class of route is counted for itself
        assert (await http.get("/support/input_schema")).status_code == 200


async def test_langserves_doors_count_with_the_chat(callers: Callers) -> None:
    headers = await callers.customer(ALICE)
    async with callers.http(headers) as http:
        body = {"input": says("Hello")}
        assert (await http.post("/support/invoke", json=body)).status_code == 200
        assert (await chat(http, "Hello")).status_code == 200
        streamed = await http.post("/support/stream", json=body)
        assert streamed.status_code == 200
        assert streamed.headers["ratelimit-remaining"] == "0"
        for path in ("/support/invoke", "/support/stream"):
            problem(await http.post(path, json=body), 429)
    with pytest.raises(httpx.HTTPStatusError, match="429"):
        await callers.remote(headers).ainvoke(says("Hello"), on("limited"))
    async with callers.http(await callers.customer(BOB)) as http:
        assert (await chat(http, "Hello")).status_code == 200


async def test_a_batch_counts_as_often_as_it_has_messages(callers: Callers) -> None:
    async with callers.http(await callers.key(Permission.CHAT)) as http:
        two = await http.post("/support/batch", json={"inputs": [says("Hi"), says("Hello")]})
        assert two.status_code == 200
        assert two.headers["ratelimit-remaining"] == "1"
        problem(await http.post("/support/batch", json={"inputs": [says("Hi")] * 3}), 429)


async def test_visitors_are_counted_by_address_whatever_they_say_of_it(callers: Callers) -> None:
    async with callers.http() as http:
        token = {}
        for number in range(3):
            said = {"x-forwarded-for": f"198.51.100.{number}"}
            found = await chat(http, "Hello", said)
            assert found.status_code == 200, found.text
            token = {"x-conversation-token": found.json()["conversation_token"]}
        for headers in ({"x-forwarded-for": "198.51.100.9"}, token, {}):
            problem(await chat(http, "Hello", headers), 429)


async def test_credentials_that_are_not_valid_are_counted_by_address(callers: Callers) -> None:
    async with callers.http() as http:
        answers = [
            await http.get("/v1/conversations", headers={"x-api-key": f"sb_guess-{number}"})
            for number in range(6)
        ]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    async with callers.http(await callers.key(Permission.READ_CONVERSATIONS)) as http:
        assert (await http.get("/v1/conversations")).status_code == 200


async def test_a_tenants_own_rates_come_before_the_installations(
    callers: Callers, rows: Database
) -> None:
    async with rows.ops_transaction() as ops:
        found = await get_tenant(ops, OTHER_TENANT)
        own = {**found.settings, "limits": {"chat": "1/day", "default": "nonsense"}}
        await tenants.upsert_tenant(ops, Tenant(found.id, found.name, own, found.token_secret))
    async with callers.http(await callers.key(Permission.CHAT, tenant=OTHER_TENANT)) as http:
        first = await chat(http, "Hello")
        assert first.headers["ratelimit-limit"] == "1"
        problem(await chat(http, "Hello"), 429)
        schema = await http.get("/support/input_schema")
        assert schema.headers["ratelimit-limit"] == "5"


async def test_a_replay_waits_where_it_is_slowed_down(callers: Callers, rows: Database) -> None:
    hurried = Tenant("hurried", "Hurried", {"limits": {"chat": "2/second"}}, "s" * 43)
    async with rows.ops_transaction() as ops:
        await tenants.upsert_tenant(ops, hurried)
    remote = callers.remote(await callers.key(Permission.CHAT, tenant="hurried"))
    sent = await send_all(
        remote,
        [Recorded(1, ("Hello",)) for _ in range(6)],
        concurrency=3,
        progress=lambda: None,
        patience=Patience(),
    )
    assert [exchange.error for each in sent for exchange in each.exchanges] == [None] * 6
