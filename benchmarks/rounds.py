"""The timed passes: all targets in turn, again and again, so that a slow minute hits them all."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import nan

from benchmarks.load import Load, Outcome, run
from benchmarks.stage import Stage, database

WARM_UP = Load(concurrency=32, requests=96, limit_s=30)
WARM_UPS = 5  # at most
COUNTED_TURNS = 12
IDLE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    rounds: int
    requests: int
    concurrencies: Sequence[int] = (1, 8, 32)
    limit_s: float = 30.0

    @property
    def loads(self) -> list[Load]:
        return [
            Load(concurrency=c, requests=self.requests, growing=growing, limit_s=self.limit_s)
            for growing in (False, True)
            for c in self.concurrencies
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One load on one target. Everything per turn is per answered turn; NaN without any."""

    target: str
    round: int
    concurrency: int
    growing: bool
    answered: int
    errors: int
    error_texts: Sequence[str]
    turns_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float
    """Of the server, a turn."""
    postgres_cpu_ms: float
    writes: float
    """Writing transactions a turn."""
    wal_kb: float
    """WAL a turn, in 1,000 bytes."""
    rss_mb: float
    """Of the server, after the load."""
    foreign_share: float
    """Part of the machine that others took meanwhile, 0..1; distrust a line above a few percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a turn asks of Postgres, counted apart from the timed passes; all per turn."""

    target: str
    growing: bool
    statements: float
    """Without BEGIN, COMMIT, savepoints and the like."""
    control_statements: float
    transactions: float
    writes: float
    verbs: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """What a server does while nobody asks, a second."""

    server: str
    cpu_ms: float
    writes: float
    wal_kb: float


def measure(stage: Stage, load: Load, round_: int, on_turn: Callable[[], object]) -> Measurement:
    before = stage.used()
    outcome = asyncio.run(run(stage.endpoint, load, on_turn))
    used = stage.used() - before
    return Measurement(
        target=stage.target.name,
        round=round_,
        concurrency=load.concurrency,
        growing=load.growing,
        answered=outcome.answered,
        errors=outcome.errors,
        error_texts=outcome.error_texts,
        turns_per_s=outcome.turns_per_s,
        p50_ms=outcome.latency_ms(50),
        p95_ms=outcome.latency_ms(95),
        p99_ms=outcome.latency_ms(99),
        cpu_ms=_a_turn(used.server_cpu_s * 1000, outcome),
        postgres_cpu_ms=_a_turn(used.postgres_cpu_s * 1000, outcome),
        writes=_a_turn(used.xids, outcome),
        wal_kb=_a_turn(used.wal_bytes / 1000, outcome),
        rss_mb=stage.rss_mb,
        foreign_share=used.foreign_share,
    )


def run_rounds(
    stages: Sequence[Stage], plan: Plan, on_turn: Callable[[], object]
) -> Iterator[Measurement]:
    """A B C at one load, A B C at the next, and all of that again for every round."""
    for round_ in range(1, plan.rounds + 1):
        for load in plan.loads:
            for stage in stages:
                yield measure(stage, load, round_, on_turn)


def turns_in(stages: Sequence[Stage], plan: Plan) -> int:
    return len(stages) * len(plan.loads) * plan.requests * plan.rounds


def warm_up(stage: Stage) -> Outcome:
    """Open every connection and run every path, again while something is still loading."""
    outcome = asyncio.run(run(stage.endpoint, WARM_UP))
    for _ in range(WARM_UPS - 1):
        if not outcome.errors:
            break
        time.sleep(1)
        outcome = asyncio.run(run(stage.endpoint, WARM_UP))
    return outcome


def count(stage: Stage, *, growing: bool) -> Cost:
    """Statements and transactions of a few turns, one after another."""
    load = Load(concurrency=1, requests=COUNTED_TURNS, growing=growing)
    before = stage.postgres.written()
    with stage.postgres.counting(database(stage.target)) as statements:
        outcome = asyncio.run(run(stage.endpoint, load))
    written = stage.postgres.written() - before
    return Cost(
        target=stage.target.name,
        growing=growing,
        statements=_a_turn(statements.work, outcome),
        control_statements=_a_turn(statements.control, outcome),
        transactions=_a_turn(statements.transactions, outcome),
        writes=_a_turn(written.xids, outcome),
        verbs={v: _a_turn(n, outcome) for v, n in statements.verbs.most_common()},
    )


def rest(stage: Stage) -> Idle:
    """Watch a server that is not asked anything."""
    before = stage.used()
    time.sleep(IDLE_S)
    used = stage.used() - before
    return Idle(
        server=stage.server.name,
        cpu_ms=used.server_cpu_s * 1000 / IDLE_S,
        writes=used.xids / IDLE_S,
        wal_kb=used.wal_bytes / 1000 / IDLE_S,
    )


def _a_turn(total: float, outcome: Outcome) -> float:
    return total / outcome.answered if outcome.answered else nan
