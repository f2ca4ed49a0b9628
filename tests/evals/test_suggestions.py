"""The eval of what operators are offered: its scenarios, and what it holds against replies."""

from dataclasses import replace
from typing import Any

import pytest

from agents.suggest import Suggestion
from evals.suggestions import Scenario, held_against, read_cases

FIRST = Suggestion("Is this about your lamp?", 0.8, "It is spoken of.")
SECOND = Suggestion("We look into it.", 0.4, "There is time.")
THIRD = Suggestion("Tell us more.", 0.2, "There is little.")
SORRY = replace(FIRST, suggestion="I'm really sorry about the trouble. Is this about your lamp?")


def held(*found: Suggestion, draft: Suggestion = FIRST, **scenario: Any) -> list[str]:
    given = Scenario.model_validate({"name": "x", "who": "alice", "says": ["lamp"], **scenario})
    return [each.partition(":")[0] for each in held_against(given, found, draft)]


def test_there_are_seventeen_scenarios_and_every_one_names_a_theme() -> None:
    cases = read_cases()
    assert len({case.name for case in cases}) == len(cases) >= 17
    assert all(c.first or c.any or c.never or c.sorry != "any" for c in cases)


def test_what_is_as_it_should_be_has_nothing_against_it() -> None:
    assert held(FIRST, SECOND, THIRD, any=["lamp"], first=["lamp"], never=["chair"]) == []


@pytest.mark.parametrize(
    ("found", "scenario", "against"),
    [
        ((FIRST, SECOND), {}, "structure"),
        ((FIRST, FIRST, THIRD), {}, "structure"),
        ((FIRST, replace(SECOND, rationale=" "), THIRD), {}, "structure"),
        ((SECOND, FIRST, THIRD), {}, "order"),
        ((FIRST, SECOND, THIRD), {"any": ["chair"]}, "context"),
        ((FIRST, SECOND, THIRD), {"first": ["look"]}, "context"),
        ((FIRST, SECOND, THIRD), {"never": ["lamp"]}, "context"),
        ((FIRST, SECOND, THIRD), {"sorry": "yes"}, "empathy"),
        ((FIRST, SECOND, THIRD), {"sorry": "no", "draft": SORRY}, "empathy"),
    ],
)
def test_what_is_not_is_named(
    found: tuple[Suggestion, ...], scenario: dict[str, Any], against: str
) -> None:
    assert held(*found, **scenario) == [against]
