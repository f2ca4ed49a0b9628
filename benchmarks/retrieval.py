"""Measure the search for the nearest passages: a tenant's beside that of everybody's.

python -m benchmarks.retrieval
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.passages import LARGE, MODEL, SMALL, Crowd, load_crowd, make_crowd
from benchmarks.postgres import throwaway
from data.db import Database, open_database
from data.migrate import migrate
from data.search import (
    CANDIDATES,
    INDEXED_FROM,
    Query,
    nearest_passages,
    search_passages,
)
from data.search_index import keep_search_index
from data.vectors import to_sql

SIZES = (1_000, 10_000, 100_000)
QUERIES = 100
DEPTH = 10
EVERYBODY = f"SELECT id FROM everybody ORDER BY embedding <=> %s::vector LIMIT {CANDIDATES}"
FOLDER = Path("var/benchmarks")
GOAL_RECALL, GOAL_RATIO = 0.95, 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """`ratio`: of its median to that of the same queries over everybody's passages."""

    passages: int
    tenant: str
    held: int
    indexed: bool
    recall: float
    p50_ms: float
    unfiltered_p50_ms: float
    search_p50_ms: float

    @property
    def ratio(self) -> float:
        return self.p50_ms / self.unfiltered_p50_ms

    @property
    def good(self) -> bool:
        return self.recall >= GOAL_RECALL and self.ratio <= GOAL_RATIO


def main(
    size: Annotated[
        list[int] | None, typer.Option(min=100, help="Passages; may be repeated.")
    ] = None,
    queries: Annotated[int, typer.Option(min=1)] = QUERIES,
    indexed_from: Annotated[int, typer.Option(min=1)] = INDEXED_FROM,
    out: Annotated[Path, typer.Option(help="Folder for the JSON.")] = FOLDER,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    console = Console(width=110)
    lines: list[Line] = []
    for passages in size or SIZES:
        with console.status(f"{passages:,} passages"), throwaway() as postgres:
            url = postgres.create_database("search")
            migrate(url)
            crowd = make_crowd(passages, queries)
            load_crowd(url, crowd)
            lines += asyncio.run(measure(url, crowd, indexed_from))
    console.print(table_of(lines))
    stored = [{**asdict(line), "ratio": line.ratio} for line in lines]
    (out / "retrieval.json").write_text(json.dumps({"cpus": os.cpu_count(), "lines": stored}))


async def measure(url: str, crowd: Crowd, indexed_from: int) -> list[Line]:
    """The large tenant's line and that of the small ones, on a database that holds the crowd."""
    async with open_database(url, minimum=2, maximum=4) as database:
        lines = []
        for tenants in ([LARGE], SMALL):
            indexed = [await keep_search_index(database, each, indexed_from) for each in tenants]
            lines.append(await _line(database, crowd, tenants, indexed=all(indexed)))
        return lines


async def _line(database: Database, crowd: Crowd, tenants: Sequence[str], *, indexed: bool) -> Line:
    """Ask every query of one of the tenants, three ways in turn, so that noise meets all three."""
    times: dict[str, list[float]] = {"own": [], "all": [], "search": []}
    shares: list[float] = []
    for number, (text, vector) in enumerate(zip(crowd.texts, crowd.queries, strict=True)):
        tenant = tenants[number % len(tenants)]
        query = Query(text, vector, MODEL)
        async with database.reading(tenant) as db:
            for warm in (False, True):  # the first time fills the cache for all three
                own, found = await timed(nearest_passages(db, tenant, query, limit=CANDIDATES))
                everybody, _ = await timed(db.execute(EVERYBODY, [to_sql(vector)], prepare=False))
                search, _ = await timed(search_passages(db, tenant, query))
                if warm:
                    times["own"].append(own)
                    times["all"].append(everybody)
                    times["search"].append(search)
        exact = crowd.nearest(tenant, vector, DEPTH)
        shares.append(len(exact & {*found[:DEPTH]}) / len(exact))
    return Line(
        passages=len(crowd.tenants),
        tenant=tenants[0] if len(tenants) == 1 else f"one of {len(tenants)}",
        held=crowd.held_by(tenants[0]),
        indexed=indexed,
        recall=statistics.mean(shares),
        p50_ms=statistics.median(times["own"]),
        unfiltered_p50_ms=statistics.median(times["all"]),
        search_p50_ms=statistics.median(times["search"]),
    )


async def timed(work: Awaitable[T]) -> tuple[float, T]:
    """Milliseconds, and what came of it."""
    started = time.perf_counter()
    done = await work
    return (time.perf_counter() - started) * 1000, done


def table_of(lines: Sequence[Line]) -> Table:
    table = Table(title=f"The nearest {DEPTH} passages of a tenant", title_justify="left")
    for column in ("passages", "tenant", "holds", "by", "recall@10", "p50 ms"):
        table.add_column(column, justify="right")
    for column in ("everybody's ms", "ratio", "with words ms", "goal"):
        table.add_column(column, justify="right")
    for line in lines:
        table.add_row(
            f"{line.passages:,}",
            line.tenant,
            f"{line.held:,}",
            "index" if line.indexed else "comparing",
            f"{line.recall:.3f}",
            f"{line.p50_ms:.2f}",
            f"{line.unfiltered_p50_ms:.2f}",
            f"{line.ratio:.2f}",
            f"{line.search_p50_ms:.2f}",
            "yes" if line.good else "no",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
