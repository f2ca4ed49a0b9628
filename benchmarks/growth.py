"""How a turn's price grows with its thread: CPU and WAL at turn 20 beside those at turn 500."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.load import grow
from benchmarks.stage import Stage, Used

EARLY, LATE = 20, 500  # turns of one thread
WINDOW = 10  # turns averaged on either side: the CPU clock ticks in 10 ms
THREADS = 4
STEP = 20  # turns between two points of the curve


@dataclass(frozen=True, slots=True)
class Point:
    """The average turn around the turn it names."""

    turn: int
    cpu_ms: float
    postgres_cpu_ms: float
    wal_kb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    target: str
    threads: int
    early: Point
    late: Point
    curve: Sequence[Point]

    @property
    def cpu_ratio(self) -> float:
        return self.late.cpu_ms / self.early.cpu_ms

    @property
    def wal_ratio(self) -> float:
        return self.late.wal_kb / self.early.wal_kb


def measure_growth(stage: Stage, on_turn: Callable[[], object], threads: int = THREADS) -> Growth:
    """Grow a few threads side by side past turn 500.

    Raises:
        NoReply: a turn was not answered.
    """
    readings = [stage.used()]

    def read(_: int) -> None:
        readings.append(stage.used())
        on_turn()

    asyncio.run(grow(stage.endpoint, threads, turns(), read))

    def point(turn: int) -> Point:
        return _point(readings, turn, threads)

    return Growth(
        target=stage.target.name,
        threads=threads,
        early=point(EARLY),
        late=point(LATE),
        curve=[point(turn) for turn in range(EARLY, LATE + 1, STEP)],
    )


def turns() -> int:
    """How long each thread gets."""
    return LATE + WINDOW


def _point(readings: Sequence[Used], turn: int, threads: int) -> Point:
    """Average over the window; `readings[n]` was taken after turn n."""
    used = readings[turn + WINDOW] - readings[turn - WINDOW]
    taken = 2 * WINDOW * threads
    return Point(
        turn,
        used.server_cpu_s * 1000 / taken,
        used.postgres_cpu_s * 1000 / taken,
        used.wal_bytes / 1000 / taken,
    )
