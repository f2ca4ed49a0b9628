"""Load on one endpoint: workers that each send the next message when the last is answered."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp

from benchmarks.messages import message

ERRORS_KEPT = 3
ERROR_CHARACTERS = 300
TIMEOUT_S = 60.0  # for one turn
APART = 7  # messages from one worker's first to the next one's; each asks all of them in order,
# as who asks the same question twice is given to people
GROWN_TURNS = 10  # a long conversation with a customer; `growth.py` looks at endless ones


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a turn is asked for and where its answer stands."""

    url: str
    body: Callable[[str, str], Mapping[str, Any]]
    """From thread and message to the JSON body."""
    reply: Callable[[Any], object]
    """From the JSON answer to the reply; a turn counts only if it is text and not empty."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much at most: it ends after `requests` turns or `limit_s` seconds."""

    concurrency: int
    requests: int
    growing: bool = False
    """Each worker keeps a thread for GROWN_TURNS turns; otherwise every turn opens a new one."""
    limit_s: float = 60.0
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back. Latencies are of answered turns, in milliseconds and in no order."""

    latencies_ms: Sequence[float]
    errors: int
    error_texts: Sequence[str]
    """The first few different ones."""
    seconds: float

    @property
    def answered(self) -> int:
        return len(self.latencies_ms)

    @property
    def turns_per_s(self) -> float:
        return self.answered / self.seconds

    def latency_ms(self, percent: float) -> float:
        return percentile(self.latencies_ms, percent)


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest rank: the smallest value that at least `percent` of all do not exceed.

    NaN when there are none.

    >>> percentile([4, 1, 3, 2], 50), percentile([4, 1, 3, 2], 99)
    (2, 4)
    """
    if not values:
        return float("nan")
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(int(rank), 1) - 1]


class NoReply(Exception):
    """The server answered, but not with what a customer could read."""


TURN_FAILURES = (
    NoReply,
    aiohttp.ClientError,
    TimeoutError,
    LookupError,  # the answer has another shape than the endpoint knows
    TypeError,
    ValueError,
)


async def take_turn(
    session: aiohttp.ClientSession, endpoint: Endpoint, thread: str, text: str
) -> float:
    """One turn; returns its latency in milliseconds.

    Raises:
        NoReply: another status than 2xx, or no text where the reply belongs.
        aiohttp.ClientError, TimeoutError: the request itself failed.
    """
    before = time.perf_counter()
    body = endpoint.body(thread, text)
    async with session.post(endpoint.url, json=body, headers=endpoint.headers) as response:
        if response.status >= 300:
            raise NoReply(f"{response.status} {await response.text()}")
        answer = await response.json()
    latency_ms = (time.perf_counter() - before) * 1000
    reply = endpoint.reply(answer)
    if not isinstance(reply, str) or not reply:
        raise NoReply(f"no reply in {answer}")
    return latency_ms


async def run(
    endpoint: Endpoint, load: Load, on_turn: Callable[[], object] = lambda: None
) -> Outcome:
    """Put the load on the endpoint; `on_turn` is called after every turn, failed or not."""
    turns: Iterator[int] = iter(range(load.requests))
    deadline = time.perf_counter() + load.limit_s
    latencies: list[float] = []
    failures: list[str] = []

    async def work(session: aiohttp.ClientSession, first: int) -> None:
        thread = ""
        for own, _ in enumerate(turns):
            if time.perf_counter() > deadline:
                return
            if own % (GROWN_TURNS if load.growing else 1) == 0:
                thread = str(uuid4())
            try:
                latencies.append(await take_turn(session, endpoint, thread, message(first + own)))
            except TURN_FAILURES as error:
                failures.append(f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS])
            on_turn()

    async with _session(load.timeout_s) as session:
        before = time.perf_counter()
        await asyncio.gather(*(work(session, each * APART) for each in range(load.concurrency)))
        seconds = time.perf_counter() - before
    texts = list(dict.fromkeys(failures))[:ERRORS_KEPT]
    return Outcome(latencies, len(failures), texts, seconds)


async def grow(
    endpoint: Endpoint, threads: int, turns: int, on_turn: Callable[[int], object]
) -> None:
    """Take every thread from its first turn to its last, one request at a time.

    `on_turn(n)` is called when all threads have had their n-th turn.

    Raises:
        NoReply: a curve with holes would be worth nothing.
    """
    names, numbers = [str(uuid4()) for _ in range(threads)], count()
    async with _session(TIMEOUT_S) as session:
        for turn in range(1, turns + 1):
            for name in names:
                await take_turn(session, endpoint, name, message(next(numbers)))
            on_turn(turn)


def _session(timeout_s: float) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
    )
