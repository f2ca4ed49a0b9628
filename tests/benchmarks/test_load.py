"""The load generator, against a server that does what the test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from benchmarks.load import APART, Endpoint, Load, NoReply, grow, percentile, run
from benchmarks.messages import message

Handler = Callable[[dict[str, Any]], Awaitable[web.Response]]
Serve = Callable[[Handler], Awaitable[Endpoint]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> Endpoint:
        async def answer(request: web.Request) -> web.Response:
            return await handler(await request.json())

        app = web.Application()
        app.router.add_post("/turn", answer)
        runners.append(web.AppRunner(app))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", 0).start()
        host, port = runners[-1].addresses[0]
        return Endpoint(
            f"http://{host}:{port}/turn",
            body=lambda thread, text: {"thread": thread, "text": text},
            reply=lambda answer: answer["reply"],
        )

    yield start
    for runner in runners:
        await runner.cleanup()


class Echo:
    """Answers everything and remembers who asked what, and how many asked at the same time."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.now = self.most = 0

    async def __call__(self, body: dict[str, Any]) -> web.Response:
        self.asked.append(body)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        return web.json_response({"reply": body["text"]})

    @property
    def threads(self) -> list[str]:
        return [body["thread"] for body in self.asked]


async def test_every_turn_opens_a_thread_unless_threads_grow(serve: Serve) -> None:
    fresh, growing = Echo(), Echo()
    outcome = await run(await serve(fresh), Load(concurrency=4, requests=20))
    await run(await serve(growing), Load(concurrency=4, requests=20, growing=True))
    assert outcome.answered == 20
    assert len(set(fresh.threads)) == 20
    assert len(set(growing.threads)) == 4
    assert sorted(map(growing.threads.count, set(growing.threads))) == [5, 5, 5, 5]
    assert fresh.most == growing.most == 4


async def test_a_growing_thread_asks_one_question_after_the_other(serve: Serve) -> None:
    echo = Echo()
    await run(await serve(echo), Load(concurrency=4, requests=20, growing=True))
    told = {t: [b["text"] for b in echo.asked if b["thread"] == t] for t in echo.threads}
    firsts = [each * APART for each in range(4)]
    assert sorted(told.values()) == sorted([message(f + n) for n in range(5)] for f in firsts)


async def test_a_growing_thread_ends_after_ten_turns(serve: Serve) -> None:
    echo = Echo()
    await run(await serve(echo), Load(concurrency=1, requests=25, growing=True))
    assert [echo.threads.count(thread) for thread in dict.fromkeys(echo.threads)] == [10, 10, 5]


async def test_latencies_and_speed_are_measured(serve: Serve) -> None:
    outcome = await run(await serve(Echo()), Load(concurrency=2, requests=10))
    assert outcome.latency_ms(99) >= outcome.latency_ms(50) >= 10
    assert outcome.turns_per_s == pytest.approx(10 / outcome.seconds)
    assert outcome.seconds >= 0.05


async def test_it_stops_when_the_time_is_up(serve: Serve) -> None:
    outcome = await run(await serve(Echo()), Load(concurrency=1, requests=10_000, limit_s=0.1))
    assert 0 < outcome.answered < 30


async def test_a_turn_without_a_reply_is_an_error_and_the_first_texts_are_kept(
    serve: Serve,
) -> None:
    answers = [
        web.json_response({"reply": None}),
        web.json_response({"reply": ""}),
        web.json_response({"other": 1}),
        web.json_response(["reply"]),
        web.Response(status=503, text="gone"),
        web.Response(text="<html>"),
        web.json_response({"reply": "hello"}),
    ]

    async def answer(_: dict[str, Any]) -> web.Response:
        return answers.pop(0)

    turns: list[None] = []
    outcome = await run(
        await serve(answer), Load(concurrency=1, requests=7), lambda: turns.append(None)
    )
    assert (outcome.answered, outcome.errors, len(turns)) == (1, 6, 7)
    assert outcome.error_texts == [
        "NoReply: no reply in {'reply': None}",
        "NoReply: no reply in {'reply': ''}",
        "KeyError: 'reply'",
    ]


async def test_a_server_that_is_gone_is_an_error(unused_tcp_port: int) -> None:
    endpoint = Endpoint(
        f"http://127.0.0.1:{unused_tcp_port}/", lambda *_: {}, lambda answer: answer
    )
    outcome = await run(endpoint, Load(concurrency=2, requests=4))
    assert (outcome.answered, outcome.errors) == (0, 4)


async def test_threads_grow_side_by_side(serve: Serve) -> None:
    echo, seen = Echo(), list[tuple[int, int]]()
    await grow(await serve(echo), 2, 3, lambda turn: seen.append((turn, len(echo.asked))))
    assert seen == [(1, 2), (2, 4), (3, 6)]
    first, second = echo.threads[:2]
    assert echo.threads == [first, second] * 3


async def test_growing_stops_at_the_first_turn_without_a_reply(serve: Serve) -> None:
    async def refuse(_: dict[str, Any]) -> web.Response:
        return web.Response(status=429)

    with pytest.raises(NoReply, match="429"):
        await grow(await serve(refuse), 1, 3, lambda _: None)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([7], 50, 7), ([7], 99, 7), (range(1, 101), 95, 95), (range(1, 101), 99, 99), ([2, 1], 50, 1)],
)
def test_percentile_is_a_value_that_was_measured(
    values: list[float], percent: float, expected: float
) -> None:
    assert percentile(list(values), percent) == expected
