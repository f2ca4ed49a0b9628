from rich.console import Console

from evals.judge import Played, judge
from evals.report import outcomes_table
from evals.scripts import Conversation, Script
from evals.verdicts import Verdict, kinds, outcome_of
from tests.evals.company import BEFORE, FIRST, REFUNDED, SCRIPT, SECOND, TODAY, heard


def verdict(name: str, *, passes: bool) -> Verdict:
    script = Script.model_validate({**SCRIPT, "name": name})
    conversation = Conversation("acme", 1, f"{name}.yaml:3", script)
    turns = (FIRST, SECOND) if passes else heard(called=(), reply="[bold]No lamp.")
    played = Played(turns, BEFORE, REFUNDED if passes else BEFORE, TODAY)
    return Verdict(conversation, played, tuple(judge(conversation, played)))


GOOD, BAD = verdict("good", passes=True), verdict("bad_one", passes=False)


def shown(*, everything: bool) -> str:
    console = Console(width=200, record=True, file=None)
    outcomes = [outcome_of(each) for each in (GOOD, BAD)]
    with console.capture() as captured:
        console.print(outcomes_table(outcomes, everything=everything))
    return captured.get()


def test_a_kind_is_counted_once_for_each_conversation() -> None:
    assert dict(kinds([GOOD, BAD, BAD])) == {"missing_tool": 2, "missing_fact": 2, "missing_row": 2}


def test_the_table_names_what_failed_and_why() -> None:
    table = shown(everything=False)
    assert "bad_one.yaml:3" in table
    assert "turn 1: missing tool: get_orders" in table
    assert "end: missing row" in table
    assert "good" not in table


def test_with_everything_the_table_has_what_was_said_to_the_letter() -> None:
    table = shown(everything=True)
    assert "> my lamp is broken" in table
    assert "< [bold]No lamp. (no tools)" in table
    assert "good.yaml:3" in table
