"""Which curated answer fits, and by which level."""

from dataclasses import replace

import numpy as np
import pytest

from agents.curated import CuratedIndex, match_curated
from data.curated import CuratedAnswer
from data.vectors import Vector
from retrievers.search import DEFAULT_CALIBRATION

HOURS = CuratedAnswer(
    "general",
    "opening_hours",
    ["company"],
    ["when do you open", "open on Sunday", "business-hours", "closing time"],
    "From nine to five.",
    0.9,
)
PLACE = CuratedAnswer(
    "general", "store_address", ["company"], ["where is the store"], "Quay Street.", 0.8
)
LOGIN = CuratedAnswer("tech", "login", [], ["reset password"], "Press reset.", 1.0)


def unit(position: int) -> Vector:
    vector: Vector = np.eye(3, dtype=np.float32)[position]
    return vector


INDEX = CuratedIndex((HOURS, PLACE, LOGIN), np.eye(3, dtype=np.float32), DEFAULT_CALIBRATION)


@pytest.mark.parametrize(
    ("text", "name", "level"),
    [
        ("What are your OPENING HOURS?", "opening_hours", "category"),
        ("opening-hours please", "opening_hours", "category"),
        ("do you open again on a Sunday", "opening_hours", "keywords"),
        ("your business hours?", "opening_hours", "keywords"),
        ("which store, and where is the address", "store_address", None),
        ("closing time", "opening_hours", "keywords"),
        ("where is the store", "store_address", "substring"),
    ],
)
def test_the_strongest_level_serves(text: str, name: str, level: str | None) -> None:
    match = match_curated(text, None, INDEX, intents=["company"])
    if level is None:
        assert match is None
    else:
        assert match
        assert (match.answer.name, match.level) == (name, level)


def test_meaning_serves_where_words_do_not() -> None:
    match = match_curated("xyzzy", unit(1), INDEX, intents=["company"])
    assert match
    assert (match.answer, match.level) == (PLACE, "semantic")
    assert match_curated("xyzzy", unit(1) * 0.5, INDEX, intents=["company"]) is None
    assert match_curated("xyzzy", None, INDEX, intents=["company"]) is None
    without = replace(INDEX, vectors=None)
    assert match_curated("xyzzy", unit(1), without, intents=["company"]) is None


def test_an_answer_serves_only_its_own_intents() -> None:
    assert match_curated("opening hours", unit(0), INDEX, intents=["bill"]) is None
    assert match_curated("opening hours", unit(0), INDEX, intents=["bill", "company"])
    match = match_curated("login", None, INDEX, intents=[])
    assert match
    assert match.answer == LOGIN  # it is bound to none


def test_a_long_story_is_not_answered_because_of_two_of_its_words() -> None:
    story = (
        "I bought a lamp in your store, the driver left it open in the rain on Sunday, my whole"
        " hallway flooded, two neighbours complained and now nobody wants to pay the damage"
    )
    assert match_curated(story, None, INDEX, intents=["company"]) is None


def test_confidence_is_the_writers_own_less_what_the_level_costs() -> None:
    levels = {}
    for text, vector in (
        ("opening hours", None),
        ("open Sunday", None),
        ("where is the store", None),
        ("xyzzy", unit(0)),
    ):
        match = match_curated(text, vector, INDEX, intents=["company"])
        assert match
        levels[match.level] = match.confidence / match.answer.confidence
    assert list(levels) == ["category", "keywords", "substring", "semantic"]
    assert list(levels.values()) == sorted(levels.values(), reverse=True)
    assert all(0 < share <= 1 for share in levels.values())


@pytest.mark.parametrize("text", ["", "?!", "💡", "x" * 10_000])
def test_odd_messages_match_nothing(text: str) -> None:
    assert match_curated(text, None, INDEX, intents=["company"]) is None
    assert match_curated(text, unit(0), replace(INDEX, answers=()), intents=["company"]) is None
