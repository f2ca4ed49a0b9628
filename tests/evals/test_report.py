"""What is kept of runs: shares, what changed, and files that outlive each other."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from evals.history import MOST_KEPT, keep_report, kept_suites, last_reports
from evals.report import Report, compared, report_of, sentence_of
from evals.suite import Measured, Outcome, share

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def report(*failed: str, minute: int = 0, passed: tuple[str, ...] = ("a",)) -> Report:
    outcomes = [
        *(Outcome(name, passed=False, why="no") for name in failed),
        *(Outcome(name, passed=True) for name in passed),
    ]
    return report_of(
        "curated",
        Measured(outcomes, figures={"category": 1 / 3}),
        0.5,
        at=NOON + timedelta(minutes=minute),
        took_s=1.23,
        answered_by="offline",
    )


def test_the_score_is_the_share_of_cases_unless_the_suite_has_another() -> None:
    outcomes = [Outcome("a", passed=True), Outcome("b", passed=False)]
    assert (share([]), Measured(outcomes).reached) == (0.0, 0.5)
    assert Measured(outcomes, score=0.79).reached == 0.79


def test_a_run_is_compared_with_the_one_before() -> None:
    found = compared(report("b", "c"), report("c", "d", passed=("a", "b")))
    assert (found.broken, found.mended) == (("b",), ("d",))
    assert found.change == round(1 / 3 - 1 / 2, 4)
    said = sentence_of(report("b"), report("c"))
    assert "curated: 0.500 reaches 0.50; 1 of 2 cases passed" in said
    assert "new failures: b; mended: c" in said


def test_the_last_reports_are_found_newest_first_and_broken_files_passed_over(
    tmp_path: Path,
) -> None:
    assert last_reports(tmp_path, "curated") == []
    assert kept_suites(tmp_path) == []
    first, second = report("b"), report(minute=1)
    for each in (first, second):
        keep_report(tmp_path, each)
    (tmp_path / "evals/curated/20990101T000000.000000.json").write_text("{half")
    assert last_reports(tmp_path, "curated") == [second, first]
    assert kept_suites(tmp_path) == ["curated"]


def test_only_so_many_reports_are_kept(tmp_path: Path) -> None:
    for minute in range(MOST_KEPT + 2):
        keep_report(tmp_path, report(minute=minute))
    kept = last_reports(tmp_path, "curated", MOST_KEPT + 2)
    assert len(kept) == MOST_KEPT
    assert kept[-1].at == NOON + timedelta(minutes=2)
