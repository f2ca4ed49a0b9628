"""The eval of the levels by which questions are answered."""

import pytest

from evals.curated import LEVELS, Case, Question, Served, figures_of, outcome_of, read_cases

HOURS = Question(says="opening hours?", answer="opening_hours")
RIGHT = Served("category", "curated/general/opening_hours")


def test_every_level_has_its_questions_and_none_is_asked_twice() -> None:
    cases = read_cases()
    assert {case.level for case in cases} == set(LEVELS)
    asked = [(case.tenant, case.question.says) for case in cases]
    assert len(set(asked)) == len(asked) >= 80


@pytest.mark.parametrize(
    ("level", "served", "passed"),
    [
        ("category", RIGHT, True),
        ("keywords", RIGHT, False),
        ("category", Served("category", "curated/general/contact"), False),
        ("category", Served("people", ""), False),
        ("never", RIGHT, False),
        ("never", Served("semantic", "articles/general/contact.md"), True),
    ],
)
def test_a_case_needs_the_right_answer_by_the_right_level(
    level: str, served: Served, *, passed: bool
) -> None:
    case = Case("demo", level, HOURS)  # type: ignore[arg-type]
    assert outcome_of(case, served).passed is passed


def test_a_model_that_answers_from_an_article_is_not_on_its_own() -> None:
    case = Case("demo", "model", Question(says="a poem?"))
    assert outcome_of(case, Served("model", "")).passed
    assert not outcome_of(case, Served("model", "articles/tech/roaming.md")).passed


def test_a_level_is_judged_by_its_questions_and_by_what_it_served() -> None:
    cases = [Case("demo", "category", HOURS), Case("demo", "keywords", HOURS)]
    figures = figures_of(cases, [RIGHT, RIGHT])
    assert figures == {
        "category, of its questions": 1,
        "category, right where it served": 1,
        "keywords, of its questions": 0,
    }
