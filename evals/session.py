"""A run of suites: play each, keep its report, and show what was found."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console

from evals.bench import Bench, Place
from evals.history import keep_report, last_reports
from evals.report import Report, outcomes_table, report_of, sentence_of
from evals.suite import Measured, Suite
from server.progress import bars
from server.settings import Settings
from server.wiring import model_config


@dataclass(frozen=True, slots=True)
class Played:
    """A run of one suite, and the report of the run before it, if there was one."""

    report: Report
    measured: Measured
    before: Report | None


async def play(
    settings: Settings, suites: Sequence[Suite], *, keep: bool = True, place: Place | None = None
) -> AsyncIterator[Played]:
    """Play suites one after the other on one bench, with progress bars.

    Args:
        settings: of the product that is measured; reports are kept in its data directory.
        suites: what to play.
        keep: whether the reports are kept; those of a part of the cases should not be.
        place: the demo companies, where they are there already.

    Raises:
        Unavailable: the embedding model did not load.
        Invalid: the cases of a suite are malformed.
    """
    async with AsyncExitStack() as stack:
        bench = Bench(settings, stack, place)
        for suite in suites:
            started, at = time.monotonic(), datetime.now(UTC)
            with bars() as shown:
                bench.report = shown.report
                measured = await suite.play(bench, suite.cases(), shown.report)
            report = report_of(
                suite.name,
                measured,
                suite.threshold,
                at=at,
                took_s=time.monotonic() - started,
                answered_by=model_config(settings).name,
            )
            before = last_reports(settings.data_dir, suite.name, 1)
            if keep:
                keep_report(settings.data_dir, report)
            yield Played(report, measured, before[0] if before else None)


def show(played: Played, out: Console, *, verbose: bool) -> None:
    """What was found: the cases that failed, or all of them, and the figures."""
    if verbose or played.report.failed:
        out.print(outcomes_table(played.measured.outcomes, everything=verbose))
    for table in played.measured.tables:
        out.print(table)
    said = sentence_of(played.report, played.before)
    out.print(said, highlight=False, markup=False, soft_wrap=True)


async def play_and_show(
    settings: Settings, suites: Sequence[Suite], *, verbose: bool, keep: bool
) -> bool:
    """Play and show on the terminal, and say whether every suite reached its threshold."""
    out, held = Console(), True
    async for played in play(settings, suites, keep=keep):
        show(played, out, verbose=verbose)
        held = held and played.report.passed
    return held
