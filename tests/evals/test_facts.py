from datetime import date

import pytest

from evals.facts import Known, Words, holds, read_choices

KNOWN = Known(date(2026, 3, 2), {"tickets": [1001]})


def said(text: str, fact: object) -> bool:
    (choice,) = read_choices([fact])
    return holds(text, choice, KNOWN)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("It costs $49.99 a month.", "49.99"),
        ("That is 5.00 USD.", "5"),
        ("It is $1,049.00 in all", "1049"),
        ("40GB a month", "40"),
        ("Your HEADPHONES arrived", "headphones"),
        ("within 3–5 business days", "3-5 business days"),
        ("You can\u2019t do that", "/can't/"),
        ("It is due on March 8, 2026.", {"in_days": 6}),
        ("It is due on 8th of March.", {"in_days": 6}),
        ("due 2026-03-08", {"in_days": 6}),
        ("due 3/8/2026", {"in_days": 6}),
        ("since Feb 28", {"in_days": -2}),
        ("I opened ticket 1001 for you", {"new": "tickets"}),
        ("it was shipped", ["on its way", "shipped"]),
    ],
)
def test_a_fact_is_found_however_it_is_written(text: str, fact: object) -> None:
    assert said(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("within 130 days", "30"),
        ("it costs 4.47", "4"),
        ("it costs 12.50", "12"),
        ("the shipment left", "ship"),
        ("It is due on March 18, 2026.", {"in_days": 6}),
        ("It is due on March 8, 2026.", {"in_days": 5}),
        ("I opened ticket 10012", {"new": "tickets"}),
        ("I made lead 1001", {"new": "leads"}),
        ("it is lost", ["on its way", "shipped"]),
        ("", "shipped"),
    ],
)
def test_a_fact_is_not_found_in_something_else(text: str, fact: object) -> None:
    assert not said(text, fact)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ([49.99], "in quotes"),
        (["/(/"], "is no pattern"),
        ([{"new": "secrets"}], "there is no table 'secrets'"),
        ([{"in_days": "six"}], "is no fact"),
        ([[]], "is no fact"),
        ("headphones", "list in square brackets"),
    ],
)
def test_what_is_no_fact_is_refused_with_advice(given: object, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        read_choices(given)


def test_a_fact_that_was_read_is_read_again_as_itself() -> None:
    assert read_choices([Words("49.99")]) == ((Words("49.99"),),)
