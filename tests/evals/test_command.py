import pytest
from typer import Typer
from typer.testing import CliRunner

from evals.conversations import DEVELOP, HELD_OUT, conversations, reached


def run(*words: str) -> tuple[int, str]:
    app = Typer()
    app.command()(conversations)
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    return done.exit_code, done.output


def test_a_name_that_no_conversation_has_is_refused_before_anything_starts() -> None:
    code, output = run("--only", "no_such_name")
    assert code == 2
    assert "no conversation of develop has 'no_such_name' in its name" in output


def test_the_command_explains_itself() -> None:
    code, output = run("--help")
    assert code == 0
    assert all(option in output for option in ("--held-out", "--only", "--verbose", "--threshold"))


@pytest.mark.parametrize("threshold", ["1.5", "-0.1", "most"])
def test_a_threshold_is_a_share(threshold: str) -> None:
    assert run("--threshold", threshold)[0] == 2


@pytest.mark.parametrize("part", [DEVELOP, HELD_OUT])
def test_what_was_reached_is_a_share(part: str) -> None:
    assert 0 <= reached(part) <= 1
