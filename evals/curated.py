"""By which level questions are answered: curated answers, articles, or the language model.

The model behind a real connection says the same to everything, so whatever it says is its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from data.errors import Invalid
from data.scope import Role, Scope
from data.seed.content import read_yaml
from data.seed.load import SEED_FOLDERS
from evals.bench import Bench
from evals.models.scripts import Plain
from evals.playing import say
from evals.suite import Measured, Outcome, Step, Suite

CASES = Path(__file__).parent / "datasets" / "curated.yaml"
THRESHOLD = 0.7  # reached: .72; a change that makes it smaller is a step back
DEADLINE_S = 30.0
CURATED = "curated/"

WORDS = "I see."

Level = Literal["category", "keywords", "substring", "semantic", "model", "never"]
LEVELS: tuple[Level, ...] = get_args(Level)


class Question(BaseModel):
    """What is asked, and the name of the curated answer or of the article that has to serve."""

    model_config = ConfigDict(extra="forbid")

    says: Annotated[str, Field(min_length=1)]
    answer: str | None = None
    article: str | None = None


class Company(BaseModel):
    """The questions to one demo company, by the level that has to serve them."""

    model_config = ConfigDict(extra="forbid")

    tenant: str
    category: list[Question] = []
    keywords: list[Question] = []
    substring: list[Question] = []
    semantic: list[Question] = []
    model: list[Question] = []
    never: list[Question] = []


@dataclass(frozen=True, slots=True)
class Case:
    tenant: str
    level: Level
    question: Question


@dataclass(frozen=True, slots=True)
class Served:
    """By what a question was answered. `source` is empty where the answer rests on none."""

    level: str
    source: str

    def __str__(self) -> str:
        return f"{self.level} {self.source}".rstrip()


def read_cases(file: Path = CASES) -> list[Case]:
    """The labelled questions.

    Raises:
        Invalid: the file is of another form.
    """
    try:
        companies = TypeAdapter(list[Company]).validate_python(read_yaml(file))
    except ValidationError as error:
        raise Invalid(file.name, str(error)) from None
    tenants = {f.name: str(read_yaml(f / "tenant.yaml")["id"]) for f in SEED_FOLDERS}
    return [
        Case(tenants[company.tenant], level, question)
        for company in companies
        for level in LEVELS
        for question in getattr(company, level)
    ]


async def play(bench: Bench, cases: Sequence[Case], step: Step) -> Measured:
    """Ask each question as a visitor in a conversation of its own."""
    served: list[Served] = []
    async with bench.answered_by(Plain(WORDS), DEADLINE_S) as scripted:
        for done, case in enumerate(cases):
            step("questions", done, len(cases))
            name = f"evals-{uuid4()}"
            scope = Scope(case.tenant, Role.CUSTOMER, f"visitor:{name}", name)
            served.append(
                served_in((await say(scripted.services.turns, scope, case.question.says)).result)
            )
        step("questions", len(cases), len(cases))
    return Measured(
        outcomes=[outcome_of(*each) for each in zip(cases, served, strict=True)],
        figures=figures_of(cases, served),
    )


def served_in(result: Mapping[str, Any]) -> Served:
    """What served an answer: the level, or who did where there is none, and its first source."""
    level = "people" if result["handoff"] else result["match_level"] or result["answered_by"]
    return Served(level, next((each["source"] for each in result["sources"]), ""))


def is_right(case: Case, served: Served) -> bool:
    """Whether what served is what should have, whatever the level."""
    question = case.question
    if case.level == "never":
        return not served.source.startswith(CURATED)
    if name := question.answer or question.article:
        return served.source.removesuffix(".md").endswith(f"/{name}")
    return not served.source


def outcome_of(case: Case, served: Served) -> Outcome:
    """A case holds where the right level served with the right answer."""
    passed = is_right(case, served) and case.level in {"never", served.level}
    question = case.question
    wanted = question.answer or question.article or ""
    name = f"{case.level}: {question.says}"
    why = "" if passed else f"{served}, not {case.level} {wanted}".rstrip()
    return Outcome(name, passed, why, f"< {served}")


def figures_of(cases: Sequence[Case], served: Sequence[Served]) -> dict[str, float]:
    """For each level, how many of its questions it served rightly, and how often it was right."""
    pairs = list(zip(cases, served, strict=True))
    found: dict[str, float] = {}
    for level in LEVELS:
        asked = [outcome_of(case, each).passed for case, each in pairs if case.level == level]
        said = [is_right(case, each) for case, each in pairs if each.level == level]
        found |= {f"{level}, of its questions": sum(asked) / len(asked)} if asked else {}
        found |= {f"{level}, right where it served": sum(said) / len(said)} if said else {}
    return found


SUITE = Suite("curated", "By which level questions are answered", THRESHOLD, read_cases, play)
