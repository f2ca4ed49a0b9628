"""The suite `routing`: what is embedded, measured and drawn."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import RenderableType

from agents.fitted import files_in
from agents.intents import build_index
from agents.ridge import Rows
from agents.route_fit import Messages, own_messages
from agents.route_head import RouteHead, head_in
from data.seed.load import SEED_FOLDERS
from evals.bench import Bench
from evals.measures import Told, measure
from evals.routing import (
    Company,
    Point,
    by_company,
    head_without,
    learning_curve,
    own_intents,
    read_companies,
    texts_of,
    told_by,
    trades_left_out,
)
from evals.routing_report import curves_table, draw_all, routes_table
from evals.suite import Measured, Outcome, Step, Suite
from evals.vectors import vectors_of

GOAL = 0.7  # macro-F1 of one company


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was asked for. `examples`: how many a route the learning curves have."""

    data: tuple[Path, ...] = ()
    examples: tuple[int, ...] = ()
    with_others: bool = False
    plot: Path | None = None


@dataclass(slots=True)
class Found:
    """What was told of each set, and the learning curves."""

    routes: dict[str, list[Told]]
    curves: list[Point]


def suite_of(wanted: Wanted) -> Suite:
    """Our own messages, and those to other companies where `wanted` names files of them."""
    return Suite(
        name="routing-data" if wanted.data else "routing",
        about="Whether messages go to whom they belong",
        threshold=0.7,
        cases=lambda: read_companies(files_in(wanted.data) if wanted.data else []),
        play=partial(play, wanted=wanted),
    )


async def play(bench: Bench, given: Sequence[Messages], step: Step, *, wanted: Wanted) -> Measured:
    """Measure and draw. The score is the mean macro-F1 of companies without examples of their own.

    Raises:
        Unavailable: the embedding model did not load, or plots were asked for and cannot be drawn.
    """
    data_dir, embedder = bench.settings.data_dir, await bench.embedder()
    own = own_messages()
    demo = [texts_of(folder) for folder in SEED_FOLDERS]
    head, model = head_in(data_dir, embedder.model), embedder.model
    vectors = await vectors_of([own, *given, *demo], embedder, data_dir, step)
    sources = list(zip([own, *given], vectors, strict=False))
    names = {folder.name: rows for folder, rows in zip(SEED_FOLDERS, vectors[-2:], strict=True)}
    fine = await asyncio.to_thread(own_intents, names, step)
    trades = await asyncio.to_thread(_trades, own, vectors[0], model, step)
    found = await asyncio.to_thread(_companies, sources, head, model, wanted, step)
    exact = {f"{name}, intents": told for name, (told, _) in fine.items()}
    routed = {f"{name}, routes": told for name, (_, told) in fine.items()}
    every = [each for told in trades.values() for each in told]
    ours = {"our trades, each left out": every}
    tables: list[RenderableType] = [routes_table({**exact, **routed, **ours, **found.routes})]
    if found.curves:
        tables.append(curves_table(found.curves))
    told = [each for company in found.routes.values() for each in company] or every
    if wanted.plot is not None:
        tables += [str(file) for file in draw_all(told, found.curves, wanted.plot)]
    return Measured(
        outcomes=outcomes_of({**routed, **trades, **found.routes}),
        score=mean_macro_f1(list(found.routes.values()) or [every]),
        figures={f"macro-F1, {name}": mean_macro_f1([each]) for name, each in exact.items()},
        tables=tables,
    )


def outcomes_of(sets: Mapping[str, Sequence[Told]]) -> list[Outcome]:
    """A case for each company: its messages are too many to be told apart in a report."""
    return [
        Outcome(
            name,
            macro_f1 >= GOAL,
            "" if macro_f1 >= GOAL else f"macro-F1 {macro_f1:.3f}",
            f"macro-F1 {macro_f1:.3f} of {len(told)} messages",
        )
        for name, told in sets.items()
        for macro_f1 in [mean_macro_f1([told])]
    ]


def mean_macro_f1(sets: Sequence[Sequence[Told]]) -> float:
    """Over companies, each with the labels that it has."""
    return float(
        np.mean([measure(told, sorted({t.right for t in told})).macro_f1.value for told in sets])
    )


def _trades(own: Messages, rows: Rows, model: str, step: Step) -> dict[str, list[Told]]:
    return {
        company.name: told_by(company, build_index([], [], head))
        for company, head in trades_left_out(own, rows, model, step)
    }


def _companies(
    sources: Sequence[tuple[Messages, Rows]],
    head: RouteHead | None,
    model: str,
    wanted: Wanted,
    step: Step,
) -> Found:
    found = Found({}, [])
    heads: dict[str, RouteHead | None] = {}
    companies: list[Company] = [c for m, rows in sources[1:] for c in by_company(m, rows)]
    for done, company in enumerate(companies, start=1):
        file = company.messages.source.name
        if wanted.with_others and file not in heads:
            heads[file] = head_without(company, sources, model)
        mine = heads.get(file, head)
        found.routes[company.name] = told_by(company, build_index([], [], mine))
        found.curves += learning_curve(company, mine, wanted.examples, step)
        step("companies", done, len(companies))
    return found


SUITE = suite_of(Wanted())
