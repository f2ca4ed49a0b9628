"""Scripted conversations with the real graph, judged by what is left.

The model is the one that the settings name; without a key, the offline engine.
"""

from collections.abc import Sequence

from data.seed.content import read_yaml
from evals.bench import TENANTS, Bench
from evals.judge import judge
from evals.playing import play as play_one
from evals.scripts import FOLDER, Conversation, read_conversations
from evals.suite import Measured, Step, Suite
from evals.verdicts import Verdict, kinds, outcome_of
from server.wiring import Services

DEVELOP, HELD_OUT = "develop", "held_out"


def reached(part: str) -> float:
    """The share of a part that has passed before, 0..1: less is a step back."""
    return float(read_yaml(FOLDER / "reached.yaml")[part])


def suite_of(part: str = DEVELOP, only: str | None = None) -> Suite:
    """The conversations of a part as a suite, or those of them with `only` in their names.

    Those by name alone have no threshold: they are a few, and looked at one by one.
    """
    return Suite(
        name="conversations" if part == DEVELOP else f"conversations-{part.replace('_', '-')}",
        about="Scripted conversations, judged by tools, facts and rows",
        threshold=reached(part) if only is None else 0.0,
        cases=lambda: [
            each for each in read_conversations(FOLDER / part) if (only or "") in each.name
        ],
        play=play,
    )


async def play(bench: Bench, cases: Sequence[Conversation], step: Step) -> Measured:
    """Play and judge one after the other."""
    verdicts = await judge_all(await bench.services(), cases, step)
    return Measured(
        outcomes=[outcome_of(each) for each in verdicts],
        figures={f"with {kind.replace('_', ' ')}": n for kind, n in kinds(verdicts)},
    )


async def judge_all(
    services: Services, chosen: Sequence[Conversation], step: Step
) -> list[Verdict]:
    """The verdict on each conversation, where the demo companies are."""
    verdicts = []
    for done, each in enumerate(chosen):
        step("conversations", done, len(chosen))
        played = await play_one(services.database, services.turns, TENANTS, each)
        verdicts.append(Verdict(each, played, tuple(judge(each, played))))
    step("conversations", len(chosen), len(chosen))
    return verdicts


SUITE = suite_of()
