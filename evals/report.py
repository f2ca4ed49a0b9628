"""What is kept of a run, and how it compares with the one before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from rich.markup import escape
from rich.table import Table

from evals.suite import Measured, Outcome


class Failed(BaseModel):
    """A case that did not hold, and what was held against it."""

    model_config = ConfigDict(frozen=True)

    case: str
    why: str


class Report(BaseModel):
    """A run of a suite. `answered_by` names the provider of the language model."""

    model_config = ConfigDict(frozen=True)

    suite: str
    at: datetime
    took_s: float
    answered_by: str
    score: Annotated[float, Field(ge=0, le=1)]
    threshold: Annotated[float, Field(ge=0, le=1)]
    cases: int
    failed: tuple[Failed, ...]
    figures: Mapping[str, float]

    @property
    def passed(self) -> bool:
        return self.score >= self.threshold


class Comparison(BaseModel):
    """What is different from the run before."""

    change: float
    broken: tuple[str, ...]
    """Cases that fail and did not."""
    mended: tuple[str, ...]
    """Cases that failed and do not."""


def report_of(
    suite: str,
    measured: Measured,
    threshold: float,
    *,
    at: datetime,
    took_s: float,
    answered_by: str,
) -> Report:
    """A run as it is kept."""
    return Report(
        suite=suite,
        at=at,
        took_s=round(took_s, 1),
        answered_by=answered_by,
        score=round(measured.reached, 4),
        threshold=threshold,
        cases=len(measured.outcomes),
        failed=tuple(
            Failed(case=each.case, why=each.why) for each in measured.outcomes if not each.passed
        ),
        figures={name: round(value, 4) for name, value in measured.figures.items()},
    )


def compared(now: Report, before: Report) -> Comparison:
    """What changed between two runs of a suite."""
    fails, failed = ({each.case for each in report.failed} for report in (now, before))
    return Comparison(
        change=round(now.score - before.score, 4),
        broken=tuple(sorted(fails - failed)),
        mended=tuple(sorted(failed - fails)),
    )


def outcomes_table(outcomes: Sequence[Outcome], *, everything: bool) -> Table:
    """A row for every case that failed, or for all with what was said."""
    table = Table("case", "", "why", show_lines=everything)
    for each in outcomes:
        if each.passed and not everything:
            continue
        mark = "[green]passed[/]" if each.passed else "[red]failed[/]"
        told = [each.said, each.why] if everything else [each.why]
        table.add_row(escape(each.case), mark, escape("\n".join(filter(None, told))))
    return table


def sentence_of(report: Report, before: Report | None) -> str:
    """The figure in a sentence or two, and what is different."""
    passed = report.cases - len(report.failed)
    verb = "reaches" if report.passed else "does not reach"
    lines = [
        f"{report.suite}: {report.score:.3f} {verb} {report.threshold:.2f};"
        f" {passed} of {report.cases} cases passed, {report.took_s:.0f} s."
    ]
    lines += [f"  {name}: {value:g}" for name, value in report.figures.items()]
    if before is not None:
        lines.append(_difference(compared(report, before), before))
    return "\n".join(lines)


def summary_table(runs: Mapping[str, Sequence[Report]]) -> Table:
    """A row for each suite: its last run, and what changed since the one before.

    Args:
        runs: of each suite the last ones, the newest first; none for one that never ran.
    """
    table = Table("suite", "", "score", "threshold", "change", "cases", "failed", "when", "model")
    for suite, (last, *earlier) in ((name, found) for name, found in runs.items() if found):
        change = f"{compared(last, earlier[0]).change:+.3f}" if earlier else ""
        table.add_row(
            suite,
            "[green]passed[/]" if last.passed else "[red]failed[/]",
            f"{last.score:.3f}",
            f"{last.threshold:.2f}",
            change,
            str(last.cases),
            str(len(last.failed)),
            f"{last.at:%Y-%m-%d %H:%M}",
            last.answered_by,
        )
    return table


def _difference(found: Comparison, before: Report) -> str:
    parts = [f"{found.change:+.3f} since {before.at:%Y-%m-%d %H:%M}"]
    parts += [
        f"{word}: {', '.join(names)}"
        for word, names in (("new failures", found.broken), ("mended", found.mended))
        if names
    ]
    return "  " + "; ".join(parts)
