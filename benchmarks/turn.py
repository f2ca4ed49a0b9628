"""Measure what a turn takes: Switchboard beside a plain LangGraph server and a floor.

python -m benchmarks.turn --quick
"""

import json
import os
import platform
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks import growth, report
from benchmarks.load import NoReply
from benchmarks.plot import Chart, draw
from benchmarks.processes import DidNotStart
from benchmarks.rounds import Plan, count, rest, run_rounds, turns_in, warm_up
from benchmarks.stage import Stage, open_stages
from benchmarks.targets import Target, targets

QUICK = Plan(rounds=3, requests=96)
FULL = Plan(rounds=5, requests=320)
FOLDER = Path("var/benchmarks")
TABLE_WIDTH = 128  # also where the output is a file and tells no width
Results = dict[str, Any]


def main(
    *,
    quick: Annotated[bool, typer.Option(help="Fewer turns: minutes, not a quarter hour.")] = False,
    grow: Annotated[
        bool, typer.Option("--growth", help="Instead: a turn's price at turn 20 and turn 500.")
    ] = False,
    target: Annotated[
        list[str] | None, typer.Option(help="Only these; may be repeated. Default: all.")
    ] = None,
    rounds: Annotated[int | None, typer.Option(min=1)] = None,
    requests: Annotated[int | None, typer.Option(min=1, help="Turns a load, at most.")] = None,
    model_delay_ms: Annotated[int, typer.Option(min=0)] = 0,
    switchboard: Annotated[
        str, typer.Option(help="Another command that starts it; `{port}` is filled in.")
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder for the JSON and the SVG.")] = FOLDER,
) -> None:
    console = Console(width=max(TABLE_WIDTH, Console().width))
    base = QUICK if quick else FULL
    plan = Plan(rounds=rounds or base.rounds, requests=requests or base.requests)
    out.mkdir(parents=True, exist_ok=True)
    chosen = _chosen(target or [], targets(switchboard, growing=grow))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            with open_stages(chosen, Path(folder), out, model_delay_ms) as stages:
                started = {s.server.name: s.server.started_in_s for s in stages}
                results = _growth(stages, console) if grow else _rounds(stages, plan, console)
        except (DidNotStart, NoReply) as error:
            console.print(f"[red]{type(error).__name__}[/]: {error}", highlight=False)
            raise typer.Exit(1) from None
    about = {"model_delay_ms": model_delay_ms, "plan": asdict(plan), "started_in_s": started}
    _write(out, "growth" if grow else "turn", _machine() | about | results, console)


def _chosen(names: Sequence[str], known: dict[str, Target]) -> list[Target]:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(known)}")
    return [target for name, target in known.items() if not names or name in names]


def _rounds(stages: Sequence[Stage], plan: Plan, console: Console) -> Results:
    with console.status("warming up and counting statements"):
        for stage in stages:
            _warm(stage)
        idle = [rest(stage) for stage in {s.server.name: s for s in stages}.values()]
        costs = [count(stage, growing=growing) for growing in (False, True) for stage in stages]
    with _progress(console) as progress:
        bar = progress.add_task("turns", total=turns_in(stages, plan))
        measured = []
        for measurement in run_rounds(stages, plan, partial(progress.advance, bar)):
            measured.append(measurement)
            load = f"{'growing' if measurement.growing else 'fresh'} {measurement.concurrency}"
            progress.update(bar, description=f"round {measurement.round} {load}")
    lines = report.summarise(measured)
    for table in (report.speed_table(lines), report.cost_table(costs), report.idle_table(idle)):
        console.print(table)
    for text in dict.fromkeys(t for m in measured for t in m.error_texts):
        console.print(f"[red]error[/] {text}", highlight=False)
    return {
        "summary": report.as_json(lines),
        "costs": report.as_json(costs),
        "idle": report.as_json(idle),
        "measurements": report.as_json(measured),
        "charts": [_speed(lines, growing=growing) for growing in (False, True)],
    }


def _warm(stage: Stage) -> None:
    """Raises NoReply, with the server's last words, when no turn at all is answered."""
    outcome = warm_up(stage)
    if not outcome.answered:
        texts = "\n".join(outcome.error_texts)
        raise NoReply(f"{stage.target.name}: {texts}\n{stage.server.last_words}")


def _growth(stages: Sequence[Stage], console: Console) -> Results:
    grown = []
    with _progress(console) as progress:
        for stage in stages:
            bar = progress.add_task(stage.target.name, total=growth.turns())
            _warm(stage)
            grown.append(growth.measure_growth(stage, partial(progress.advance, bar)))
    console.print(report.growth_table(grown))
    return {
        "growth": report.as_json(grown),
        "charts": [
            _curve(grown, "CPU a turn of a growing thread", "ms", "cpu_ms"),
            _curve(grown, "WAL a turn of a growing thread", "kB", "wal_kb"),
        ],
    }


def _speed(lines: Sequence[report.Line], *, growing: bool) -> Chart:
    chosen = [line for line in lines if line.growing is growing]
    series: dict[str, list[float]] = {}
    for line in chosen:
        series.setdefault(line.target, []).append(line.figures["turns_per_s"])
    positions = [f"{c} at once" for c in dict.fromkeys(line.concurrency for line in chosen)]
    return Chart(f"{'Growing' if growing else 'Fresh'} threads", "turns/s", positions, series)


def _curve(grown: Sequence[growth.Growth], title: str, unit: str, figure: str) -> Chart:
    positions = [str(point.turn) for point in grown[0].curve]
    series = {g.target: [getattr(point, figure) for point in g.curve] for g in grown}
    return Chart(title, unit, positions, series, lines=True)


def _progress(console: Console) -> Progress:
    bar = BarColumn(bar_width=None)
    text = TextColumn("{task.description}")
    return Progress(text, bar, MofNCompleteColumn(), TimeRemainingColumn(), console=console)


def _machine() -> Results:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": now, "cpus": os.cpu_count(), "python": platform.python_version()}


def _write(out: Path, kind: str, results: Results, console: Console) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    chart, data = out / f"{kind}-{stamp}.svg", out / f"{kind}-{stamp}.json"
    chart.write_text(draw(results.pop("charts")))
    data.write_text(json.dumps(results, indent=1) + "\n")
    console.print(f"written: {data} and {chart.name}")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        typer.run(main)
