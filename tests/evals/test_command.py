"""`switchboard evals`: what it plays, refuses, keeps and ends with."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.cli import evals
from evals.conversations import DEVELOP, HELD_OUT, reached
from evals.suites import SUITES


def run(*words: str, **env: str) -> tuple[int, str]:
    done = CliRunner().invoke(evals, words, env={"COLUMNS": "200", **env})
    return done.exit_code, done.output


def test_a_name_that_no_conversation_has_is_refused_before_anything_starts() -> None:
    code, output = run("conversations", "--only", "no_such_name")
    assert code == 2
    assert "no conversation has 'no_such_name' in its name" in output


def test_every_suite_has_a_word_that_plays_it_alone() -> None:
    code, output = run("--help")
    assert code == 0
    assert all(name in output for name in ("quick", "all", "summary", *(s.name for s in SUITES)))


def test_every_suite_has_cases_and_a_name_of_its_own() -> None:
    assert len({suite.name for suite in SUITES}) == len(SUITES)
    assert all(suite.cases() for suite in SUITES if suite.name != "routing")
    assert all(0 < suite.threshold <= 1 for suite in SUITES)


@pytest.mark.parametrize("threshold", ["1.5", "-0.1", "most"])
def test_a_threshold_is_a_share(threshold: str) -> None:
    assert run("conversations", "--threshold", threshold)[0] == 2


@pytest.mark.parametrize("part", [DEVELOP, HELD_OUT])
def test_what_was_reached_is_a_share(part: str) -> None:
    assert 0 <= reached(part) <= 1


def test_a_suite_ends_below_its_threshold_with_1_and_its_report_is_in_the_summary(
    data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "models").symlink_to(data_dir / "models")
    here = {"DATA_DIR": str(tmp_path)}
    assert "No suite has been played yet" in run("summary", **here)[1]
    code, output = run("sentiment", "--threshold", "0.999", "-v", **here)
    assert code == 1
    assert "our cases, wording alone" in output
    assert "does not reach 1.00" in output
    assert "passed" in output  # with -v those that held are shown, too
    code, output = run("summary", **here)
    assert code == 0
    assert "sentiment" in output
    assert "failed" in output
