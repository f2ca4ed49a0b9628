"""Counting, in process and in a real Redis, and what happens when Redis goes."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import ConnectionPool, Redis

from data.errors import RateLimited
from server.limits import (
    InProcess,
    InRedis,
    Limits,
    RouteClass,
    Standing,
    Window,
    address_of,
    class_of,
    open_limits,
    standing_in,
)
from server.setting_values import rate
from tests.server.limited import redis_in

THREE = rate("3/day")  # a day, so that no window ends while a test runs


async def use_up(limits: Limits, *who: str, times: int = 3) -> None:
    for _ in range(times):
        await limits.admit(THREE, *who)


async def refused(limits: Limits, *who: str) -> RateLimited:
    with pytest.raises(RateLimited) as caught:
        await limits.admit(THREE, *who)
    return caught.value


async def test_one_too_many_is_refused_and_told_when_to_come_again() -> None:
    limits = Limits()
    left = [(await limits.admit(THREE, "acme", "key:1")).remaining for _ in range(3)]
    error = await refused(limits, "acme", "key:1")
    assert left == [2, 1, 0]
    assert 1 <= error.retry_after_s <= 86_400
    assert error.headers["RateLimit-Remaining"] == "0"
    assert error.headers["RateLimit-Limit"] == "3"


async def test_each_tenant_credential_and_class_is_counted_for_itself() -> None:
    limits = Limits()
    await use_up(limits, "acme", "key:1", "chat")
    for others in (("globex", "key:1", "chat"), ("acme", "key:2", "chat"), ("acme", "key:1", "")):
        await limits.admit(THREE, *others)


async def test_what_counts_several_times_is_refused_whole_or_let_through_whole() -> None:
    limits = Limits()
    await limits.admit(THREE, "batch", cost=2)
    with pytest.raises(RateLimited):
        await limits.admit(THREE, "batch", cost=2)
    assert (await limits.admit(THREE, "batch")).remaining == 0
    with pytest.raises(RateLimited, match="at most 3 at a time"):
        await limits.admit(THREE, "other", cost=4)


async def test_of_many_at_once_exactly_as_many_get_through_as_may() -> None:
    limits = Limits()
    tries = [limits.admit(THREE, "crowd") for _ in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(result, RateLimited) for result in results) == 3


async def test_in_process_the_window_slides_and_what_is_over_is_forgotten() -> None:
    now = 1000.0
    counts = InProcess(most=10, clock=lambda: now)
    assert await counts.incr("a", 60) == 1
    assert await counts.incr("a", 60) == 2
    now = 1059.0
    assert await counts.get("a") == 2
    now = 1061.0
    assert await counts.get("a") == 0


async def test_in_process_only_so_many_are_remembered() -> None:
    counts = InProcess(most=10)
    for number in range(1000):
        await counts.incr(str(number), 60)
    assert [await counts.get(str(number)) for number in (0, 999)] == [0, 1]


async def test_two_servers_with_one_redis_count_together(tmp_path: Path) -> None:
    with redis_in(tmp_path) as url:
        async with open_limits(url) as first, open_limits(url) as second:
            await first.admit(THREE, "acme", "key:1")
            await second.admit(THREE, "acme", "key:1")
            assert (await first.admit(THREE, "acme", "key:1")).remaining == 0
            error = await refused(second, "acme", "key:1")
            assert 1 <= error.retry_after_s <= 86_400
            await second.admit(THREE, "acme", "key:2")


async def test_a_request_costs_one_round_trip_to_redis(tmp_path: Path) -> None:
    with redis_in(tmp_path) as url:
        async with open_limits(url) as limits, Redis.from_url(url) as redis:
            await limits.admit(THREE, "acme")
            await redis.config_resetstat()
            await use_up(limits, "acme", times=2)
            await refused(limits, "acme")
            calls = {
                name: stat["calls"] for name, stat in (await redis.info("commandstats")).items()
            }
    assert calls.pop("cmdstat_evalsha") == 3
    # what the script itself does, within the server, and this very question
    assert calls.keys() <= {
        f"cmdstat_{name}"
        for name in ("pttl", "get", "exists", "incrby", "info", "config|resetstat")
    }


async def test_both_storages_tell_the_same_of_the_same_requests(tmp_path: Path) -> None:
    with redis_in(tmp_path) as url:
        async with open_limits(url) as shared:
            own = Limits()
            for _ in range(3):
                told = await shared.admit(THREE, "acme")
                assert told.remaining == (await own.admit(THREE, "acme")).remaining
                assert 1 <= told.reset_s <= 86_400


@pytest.mark.parametrize(
    ("window", "standing"),
    [
        (Window(0, 0, 0, 0), Standing(60, 60, 1)),
        (Window(0, 0, 15, 90.0), Standing(60, 45, 30)),
        (Window(60, 30.0, 0, 60.0), Standing(60, 30, 1)),
        (Window(30, 30.5, 10, 90.5), Standing(60, 35, 1)),
        (Window(60, 60.0, 60, 119.9), Standing(60, 0, 1)),
    ],
)
def test_where_a_window_leaves_a_caller(window: Window, standing: Standing) -> None:
    assert standing_in(rate("60/minute"), window) == standing


async def test_when_redis_goes_limits_go_on_in_process_and_come_back(tmp_path: Path) -> None:
    now = 0.0
    with redis_in(tmp_path) as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        pool = ConnectionPool.from_url(url, socket_timeout=0.25, socket_connect_timeout=0.25)
        limits = Limits(InRedis(pool), clock=lambda: now)
        await use_up(limits, "acme", times=2)
    assert (await limits.admit(THREE, "acme")).remaining == 2  # counts anew, for itself
    await use_up(limits, "acme", times=2)
    await refused(limits, "acme")
    with redis_in(tmp_path / "again", port):
        await refused(limits, "acme")  # it is left alone for a while
        now = 60.0
        assert (await limits.admit(THREE, "acme")).remaining == 2
        await pool.aclose()


async def test_a_redis_that_never_was_there_costs_nobody_an_error() -> None:
    async with open_limits("redis://127.0.0.1:9/0") as limits:
        await use_up(limits, "acme")
        await refused(limits, "acme")


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("192.0.2.7", 4711), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::", 1), "2001:db8:1:2::/64"),
        (("testclient", 1), "testclient"),
        (None, "local"),
    ],
)
def test_an_address_stands_for_whom_it_was_given_to(
    client: tuple[str, int] | None, counted: str
) -> None:
    assert address_of(client) == counted


@pytest.mark.parametrize(
    ("path", "route_class"),
    [
        ("/v1/chat", RouteClass.CHAT),
        ("/support/invoke", RouteClass.CHAT),
        ("/support/stream", RouteClass.CHAT),
        ("/support/input_schema", RouteClass.DEFAULT),
        ("/v1/knowledge/search", RouteClass.SEARCH),
        ("/v1/knowledge/documents", RouteClass.DEFAULT),
        ("/v1/conversations/x/messages", RouteClass.DEFAULT),
    ],
)
def test_a_route_is_of_one_class(path: str, route_class: RouteClass) -> None:
    assert class_of(path) is route_class
