"""What the sockets of this process carry, for Prometheus. No label names anybody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

Kind = Literal["customer", "operator", "queue"]

USUAL = frozenset({1000, 1001, 1005, 1006, 1009, 1011, 1012})  # the protocol's own close codes
OURS = range(4400, 4600)  # 4000 and an HTTP status
PUSHED_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20)
ENTRIES = (0, 1, 5, 20, 100, 500, 2000, 10_000)


class Traffic(Collector):
    """One for each process."""

    def __init__(self) -> None:
        self._open = Gauge("websocket_connections", "Open sockets", ["kind"], registry=None)
        self._frames = Counter(
            "websocket_frames", "Frames read and sent", ["kind", "direction"], registry=None
        )
        self._closes = Counter(
            "websocket_closes",
            "Sockets that ended, by close code; 4408 are readers who were too slow",
            ["code"],
            registry=None,
        )
        self._pushed = Histogram(
            "websocket_push_seconds",
            "From word of a conversation's new entries to their sending, each socket",
            buckets=PUSHED_S,
            registry=None,
        )
        self._caught_up = Histogram(
            "websocket_catch_up_entries",
            "Entries that a socket which came with `after` had missed",
            buckets=ENTRIES,
            registry=None,
        )
        self._untold = Counter(
            "websocket_moments_untold",
            "Moments (typing, presence, spoken words) that other processes were not told of",
            registry=None,
        )

    def collect(self) -> Iterator[Metric]:
        """The families, also those that are still empty."""
        for family in (
            self._open,
            self._frames,
            self._closes,
            self._pushed,
            self._caught_up,
            self._untold,
        ):
            yield from family.collect()

    @contextmanager
    def opened(self, kind: Kind) -> Iterator[None]:
        """One more is open while the block runs."""
        with self._open.labels(kind).track_inprogress():
            yield

    def read(self, kind: Kind) -> None:
        """Count a client's frame."""
        self._frames.labels(kind, "in").inc()

    def sent(self, kind: Kind, since: float | None) -> None:
        """Count a frame that was sent; `since` is when `now` we had word of it, if that is news."""
        self._frames.labels(kind, "out").inc()
        if since is not None:
            self._pushed.observe(now() - since)

    def closed(self, code: int) -> None:
        """Count the end of a socket; codes that a client made up count together."""
        known = code in USUAL or code in OURS
        self._closes.labels(str(code) if known else "other").inc()

    def caught_up(self, entries: int) -> None:
        """Count what somebody had missed."""
        self._caught_up.observe(entries)

    def untold(self, moments: int) -> None:
        """Count moments that were lost."""
        self._untold.inc(moments)


def now() -> float:
    """The clock of `since`, in seconds; only differences mean anything."""
    return time.perf_counter()
