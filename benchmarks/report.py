"""What the rounds say together: medians, and ratios to the baseline round by round.

A round in which other programs disturbed one target is left out for all targets of that load,
so that what is compared was measured in the same minute; without a quiet round all count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import nan
from statistics import median
from typing import Any

from rich import box
from rich.table import Table

from benchmarks.growth import Growth
from benchmarks.rounds import Cost, Idle, Measurement

BASELINE = "baseline"
SUSPECT_SHARE = 0.05  # of the machine taken by others: such a round is left out, or marked
FIGURES = (
    "turns_per_s",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "cpu_ms",
    "postgres_cpu_ms",
    "writes",
    "wal_kb",
    "rss_mb",
    "foreign_share",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One target at one load."""

    target: str
    concurrency: int
    growing: bool
    rounds: int
    """How many rounds it stands on."""
    errors: int
    """In all rounds."""
    figures: dict[str, float]
    """The median of each of FIGURES."""
    speed_ratios: Sequence[float]
    """Turns a second by the baseline's of the same round; empty where no baseline ran."""

    @property
    def speed_ratio(self) -> float:
        return median(self.speed_ratios) if self.speed_ratios else nan


def summarise(measurements: Sequence[Measurement]) -> list[Line]:
    """One line for every load and target, in the order they were first measured."""
    loads: dict[tuple[bool, int], list[Measurement]] = {}
    for m in measurements:
        loads.setdefault((m.growing, m.concurrency), []).append(m)
    return [
        _line(target, load, undisturbed(load))
        for load in loads.values()
        for target in dict.fromkeys(m.target for m in load)
    ]


def undisturbed(load: Sequence[Measurement]) -> list[Measurement]:
    """The rounds in which nobody else used the machine; all of them if there is none."""
    disturbed = {m.round for m in load if m.foreign_share > SUSPECT_SHARE}
    return [m for m in load if m.round not in disturbed] or list(load)


def _line(target: str, load: Sequence[Measurement], counted: Sequence[Measurement]) -> Line:
    group = [m for m in counted if m.target == target]
    return Line(
        target=target,
        concurrency=group[0].concurrency,
        growing=group[0].growing,
        rounds=len(group),
        errors=sum(m.errors for m in load if m.target == target),
        figures={name: median(getattr(m, name) for m in group) for name in FIGURES},
        speed_ratios=_ratios(group, [m for m in counted if m.target == BASELINE]),
    )


def _ratios(group: Iterable[Measurement], baseline: Iterable[Measurement]) -> list[float]:
    speeds = {m.round: m.turns_per_s for m in baseline}
    return [m.turns_per_s / speeds[m.round] for m in group if speeds.get(m.round)]


def speed_table(lines: Sequence[Line]) -> Table:
    table = _table("Turns", "threads", "at once", "target")
    for heading in ("turns/s", "×base", "p50 ms", "p95", "p99", "CPU ms", "PG CPU"):
        table.add_column(heading, justify="right")
    for heading in ("writes", "WAL kB", "RSS MB", "others %", "rounds", "errors"):
        table.add_column(heading, justify="right")
    previous: tuple[bool, int] | None = None
    for line in lines:
        load = (line.growing, line.concurrency)
        if previous not in {None, load}:
            table.add_section()
        table.add_row(*_cells(line, first=load != previous))
        previous = load
    return table


def _cells(line: Line, *, first: bool) -> list[str]:
    of = line.figures
    threads = ("growing" if line.growing else "fresh") if first else ""
    foreign = f"{of['foreign_share']:.0%}".rstrip("%")
    if of["foreign_share"] > SUSPECT_SHARE:
        foreign = f"[yellow]{foreign}[/]"
    return [
        threads,
        str(line.concurrency) if first else "",
        line.target,
        f"{of['turns_per_s']:.0f}",
        f"{line.speed_ratio:.2f}",
        *(f"{of[name]:.1f}" for name in FIGURES[1:6]),
        f"{of['writes']:.1f}",
        f"{of['wal_kb']:.1f}",
        f"{of['rss_mb']:.0f}",
        foreign,
        str(line.rounds),
        f"[red]{line.errors}[/]" if line.errors else "0",
    ]


def cost_table(costs: Sequence[Cost]) -> Table:
    table = _table("What a turn asks of Postgres", "threads", "target")
    for heading in ("statements", "BEGIN, COMMIT …", "transactions", "writing"):
        table.add_column(heading, justify="right")
    table.add_column("kinds")
    for cost in costs:
        figures = (cost.statements, cost.control_statements, cost.transactions, cost.writes)
        kinds = ", ".join(f"{verb.lower()} {n:.1f}" for verb, n in cost.verbs.items())
        threads = "growing" if cost.growing else "fresh"
        table.add_row(threads, cost.target, *(f"{figure:.1f}" for figure in figures), kinds)
    return table


def idle_table(idle: Sequence[Idle]) -> Table:
    table = _table("While nobody asks, a second", "server")
    for heading in ("CPU ms", "writes", "WAL kB"):
        table.add_column(heading, justify="right")
    for at in idle:
        table.add_row(at.server, *(f"{n:.1f}" for n in (at.cpu_ms, at.writes, at.wal_kb)))
    return table


def growth_table(growths: Sequence[Growth]) -> Table:
    table = _table("A turn as its thread grows", "target")
    for heading in ("CPU ms", "late", "×", "WAL kB", "late", "×", "PG CPU ms", "late"):
        table.add_column(heading, justify="right")
    for g in growths:
        pairs = (
            *(g.early.cpu_ms, g.late.cpu_ms, g.cpu_ratio),
            *(g.early.wal_kb, g.late.wal_kb, g.wal_ratio),
            *(g.early.postgres_cpu_ms, g.late.postgres_cpu_ms),
        )
        table.add_row(g.target, *(f"{n:.2f}" for n in pairs))
    return table


def as_json(records: Iterable[Any]) -> list[dict[str, Any]]:
    """Records as plain values, with the ratios they compute."""
    computed = ("speed_ratio", "cpu_ratio", "wal_ratio")
    return [
        asdict(record) | {name: getattr(record, name) for name in computed if hasattr(record, name)}
        for record in records
    ]


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table
