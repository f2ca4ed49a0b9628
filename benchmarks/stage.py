"""A target on its feet: its server, its database, the model beside it, and what they have used."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from benchmarks.load import Endpoint
from benchmarks.postgres import Postgres, throwaway
from benchmarks.processes import Running, cpu_s, free_port, machine_cpu_s, rss_bytes, running
from benchmarks.targets import UVICORN, Place, Target


@dataclass(frozen=True, slots=True)
class Used:
    """Totals since some start; the difference of two is what lies between them."""

    server_cpu_s: float
    postgres_cpu_s: float
    own_cpu_s: float
    """The load generator and the model stand-in."""
    machine_busy_s: float
    machine_total_s: float
    xids: int
    wal_bytes: int

    def __sub__(self, other: "Used") -> "Used":
        names = [f.name for f in fields(self)]
        return Used(*(getattr(self, name) - getattr(other, name) for name in names))

    @property
    def foreign_share(self) -> float:
        """Part of the machine, 0..1, that was taken by whatever is not this test."""
        ours = self.server_cpu_s + self.postgres_cpu_s + self.own_cpu_s
        return max(0.0, self.machine_busy_s - ours) / self.machine_total_s


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything one target needs, running."""

    target: Target
    server: Running
    postgres: Postgres
    model: Running

    @property
    def endpoint(self) -> Endpoint:
        target = self.target
        return Endpoint(self.server.url + target.path, target.body, target.reply, target.headers)

    @property
    def rss_mb(self) -> float:
        return rss_bytes(self.server.pid) / 1e6

    def used(self) -> Used:
        written = self.postgres.written()
        return Used(
            cpu_s(self.server.pid),
            cpu_s(self.postgres.pid),
            cpu_s(self.model.pid) + time.process_time(),
            *machine_cpu_s(),
            written.xids,
            written.wal_bytes,
        )


@contextmanager
def open_stages(
    chosen: Sequence[Target], logs: Path, kept: Path, model_delay_ms: int
) -> Iterator[list[Stage]]:
    """Start the model and, for every server the targets name, a Postgres and the server.

    A Postgres for each, so that the background work of one is not on another's bill. Each server
    is started twice: the first start may migrate and load data, the second is the one that is
    timed and measured.

    Args:
        chosen: in the order in which they are wanted.
        logs: the servers' output goes there.
        kept: a folder that outlives the run.
        model_delay_ms: how long the model takes.

    Raises:
        DidNotStart: one of the servers ended or stayed silent.
    """
    with ExitStack() as up:
        model = up.enter_context(_model(logs, model_delay_ms))
        servers: dict[str, tuple[Running, Postgres]] = {}
        for target in chosen:
            if target.server not in servers:
                servers[target.server] = _server(up, target, logs, kept, model)
        yield [Stage(target, *servers[target.server], model) for target in chosen]


def _server(
    up: ExitStack, target: Target, logs: Path, kept: Path, model: Running
) -> tuple[Running, Postgres]:
    postgres = up.enter_context(throwaway())
    url = postgres.create_database(database(target))
    place = Place(free_port(), url, f"{model.url}/v1", kept.resolve())
    start = partial(
        running,
        target.server,
        target.command(place),
        target.env(place),
        port=place.port,
        ready=target.ready,
        log=logs / f"{target.server}.log",
    )
    with start():
        pass
    return up.enter_context(start()), postgres


def database(target: Target) -> str:
    return target.server.replace("+", "_")


@contextmanager
def _model(logs: Path, delay_ms: int) -> Iterator[Running]:
    port = free_port()
    app = ("--lifespan", "off", "--no-access-log", "--factory", "benchmarks.model:create_app")
    command = (*UVICORN, "--port", str(port), *app)
    env = {"MODEL_DELAY_MS": str(delay_ms)}
    log = logs / "model.log"
    with running("model", command, env, port=port, ready="/asked", log=log) as model:
        yield model
