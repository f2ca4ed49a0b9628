"""The run of `switchboard evals routing`: what is embedded, measured, shown and drawn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from agents.fitted import embed_examples, files_in
from agents.intents import build_index
from agents.ridge import Rows
from agents.route_fit import Messages, own_messages
from agents.route_head import RouteHead, head_in
from data.seed.load import SEED_FOLDERS
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
from server.progress import Bars, bars
from server.settings import Settings
from server.training import ready_embedder


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was asked for."""

    data: tuple[Path, ...]
    examples: tuple[int, ...]
    with_others: bool
    plot: Path | None


@dataclass(slots=True)
class Found:
    """What was told of each set, and the learning curves."""

    routes: dict[str, list[Told]]
    curves: list[Point]


async def measure_routing(settings: Settings, wanted: Wanted) -> float:
    """Measure, show and draw; the mean macro-F1 of companies without examples of their own.

    Raises:
        Invalid: a file of --data has something else on a line.
        Unavailable: the embedding model did not load, or plots were asked for and cannot be drawn.
    """
    out = Console()
    own, given = own_messages(), read_companies(files_in(wanted.data) if wanted.data else [])
    demo = [texts_of(folder) for folder in SEED_FOLDERS]
    with bars() as shown:
        async with ready_embedder(settings) as embedder:
            head = head_in(settings.data_dir, embedder.model)
            model = embedder.model
            vectors = await embed_examples([own, *given, *demo], embedder, shown.report)
        sources = list(zip([own, *given], vectors, strict=False))
        names = {folder.name: rows for folder, rows in zip(SEED_FOLDERS, vectors[-2:], strict=True)}
        fine = await asyncio.to_thread(own_intents, names, shown.report)
        trades = await asyncio.to_thread(_trades, own, vectors[0], model, shown)
        found = await asyncio.to_thread(_companies, sources, head, model, wanted, shown)
    exact = {f"{name}, intents": told for name, (told, _) in fine.items()}
    routed = {f"{name}, routes": told for name, (_, told) in fine.items()}
    every = [each for told in trades.values() for each in told]
    ours = {"our trades, each left out": every}
    out.print(routes_table({**exact, **routed, **ours, **found.routes}))
    if found.curves:
        out.print(curves_table(found.curves))
    told = [each for company in found.routes.values() for each in company] or every
    if wanted.plot is not None:
        for file in draw_all(told, found.curves, wanted.plot):
            out.print(str(file), highlight=False, soft_wrap=True)
    reached = mean_macro_f1(list(found.routes.values()) or [every])
    out.print(f"Mean macro-F1 without examples: {reached:.3f}", highlight=False)
    return reached


def mean_macro_f1(sets: Sequence[Sequence[Told]]) -> float:
    """Over companies, each with the labels that it has."""
    return float(
        np.mean([measure(told, sorted({t.right for t in told})).macro_f1.value for told in sets])
    )


def _trades(own: Messages, rows: Rows, model: str, shown: Bars) -> dict[str, list[Told]]:
    return {
        company.name: told_by(company, build_index([], [], head))
        for company, head in trades_left_out(own, rows, model, shown.report)
    }


def _companies(
    sources: Sequence[tuple[Messages, Rows]],
    head: RouteHead | None,
    model: str,
    wanted: Wanted,
    shown: Bars,
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
        found.curves += learning_curve(company, mine, wanted.examples, shown.report)
        shown.report("companies", done, len(companies))
    return found
