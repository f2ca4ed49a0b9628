"""What a suite is: cases, how they are played, and the share of them that has to hold."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import RenderableType

from evals.bench import Bench

Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case. `why` is what is held against it, `said` what a reader of every case wants."""

    case: str
    passed: bool
    why: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run of a suite found.

    `score` is 0..1 and is what a threshold is held against; None stands for the share of cases
    that passed. `figures` are other numbers worth keeping, `tables` what is shown beside them.
    """

    outcomes: Sequence[Outcome]
    score: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    tables: Sequence[RenderableType] = ()

    @property
    def reached(self) -> float:
        return share(self.outcomes) if self.score is None else self.score


@dataclass(frozen=True, slots=True)
class Suite:
    """A value in a module of its own; `evals/suites/__init__.py` lists them.

    `play` is given a bench, the cases, and what is to be told how far it is.
    """

    name: str
    about: str
    threshold: float
    cases: Callable[[], Sequence[Any]]
    play: Callable[[Bench, Sequence[Any], Step], Awaitable[Measured]]


def share(outcomes: Sequence[Outcome]) -> float:
    """Cases that passed, 0..1; 0 of none."""
    return sum(each.passed for each in outcomes) / len(outcomes) if outcomes else 0.0
