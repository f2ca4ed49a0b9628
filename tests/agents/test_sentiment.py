"""The customer's mood by the shipped head, from wording alone; with vectors it is only better."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sentiment import (
    LATEST,
    Mood,
    mood_of,
    sentiment_of,
    strongly_negative,
    whole_vector,
)
from agents.sentiment_head import GRADES, SHIPPED, head_in, read_head, shipped_head, write_head
from agents.sentiment_wording import NAMES, signs_in, wording_of
from data.errors import Invalid

FURIOUS: Mood = (1.0, 0.0, 0.0, 0.0, 0.0)
NEGATIVE: Mood = (0.0, 1.0, 0.0, 0.0, 0.0)
ANGRY: Mood = (0.5, 0.5, 0.0, 0.0, 0.0)
NEUTRAL: Mood = (0.0, 0.0, 1.0, 0.0, 0.0)
DELIGHTED: Mood = (0.0, 0.0, 0.0, 0.0, 1.0)


def score(text: str) -> float:
    return sentiment_of([mood_of(text, None, shipped_head())]).score


def label(text: str) -> str:
    return sentiment_of([mood_of(text, None, shipped_head())]).label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What are your opening hours on Sunday?", "neutral"),
        ("Could you please send me the form? Thank you.", "neutral"),
        ("Please cancel my order 17.", "neutral"),
        ("Thanks a lot, it works perfectly now!", "positive"),
        ("Your team was so friendly, great service", "positive"),
        ("I have been waiting for three weeks and nobody answers", "negative"),
        ("third time the delivery is late", "negative"),
        ("Hello, hope you are well. Unfortunately you charged me twice again.", "negative"),
        ("this is useless, worst support ever", "negative"),
    ],
)
def test_a_message_is_labelled_as_a_reader_would(text: str, expected: str) -> None:
    assert label(text) == expected


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ("THIS IS TERRIBLE", "this is terrible"),
        ("this is terrible!!!", "this is terrible"),
        ("I am not happy with it", "I am happy with it"),
        ("the parcel 😡", "the parcel"),
        ("the repair failed again, nobody came", "the repair was done"),
    ],
)
def test_capitals_marks_emoji_negation_and_signs_count(stronger: str, weaker: str) -> None:
    assert score(stronger) < score(weaker)


@given(st.text(max_size=300))
def test_any_text_has_a_mood(text: str) -> None:
    mood = mood_of(text, None, shipped_head())
    assert len(mood) == len(GRADES)
    assert sum(mood) == pytest.approx(1, abs=0.001)
    found = sentiment_of([mood])
    assert -1 <= found.score <= 1
    assert 0.3 < found.confidence <= 1


def test_a_vector_is_heard() -> None:
    head = shipped_head()
    direction = head.vectors.weights[: -len(NAMES), 0] - head.vectors.weights[: -len(NAMES), 4]
    angry = (direction / np.linalg.norm(direction)).astype(np.float32)
    one, other = mood_of("about my order", angry, head), mood_of("about my order", -angry, head)
    assert sentiment_of([one]).score < sentiment_of([other]).score


def test_only_the_last_messages_count_and_the_newest_most() -> None:
    assert sentiment_of([FURIOUS, *[NEUTRAL] * LATEST]).score == 0
    assert sentiment_of([DELIGHTED, FURIOUS]).label == "negative"
    assert sentiment_of([FURIOUS, DELIGHTED]).label == "positive"


def test_an_ok_calms_nobody() -> None:
    assert sentiment_of([NEGATIVE, NEGATIVE, NEUTRAL]).label == "negative"
    assert sentiment_of([NEGATIVE, NEUTRAL, NEUTRAL, NEUTRAL]).label == "neutral"


def test_no_message_has_no_sentiment() -> None:
    with pytest.raises(ValueError, match="no message"):
        sentiment_of([])


@pytest.mark.parametrize(
    ("moods", "strongly"),
    [
        ([], False),
        ([FURIOUS], True),
        ([NEGATIVE], False),
        ([NEGATIVE, NEGATIVE, NEGATIVE], False),  # a fault, told calmly
        ([ANGRY, ANGRY], False),
        ([ANGRY, ANGRY, ANGRY], True),  # nothing we said has helped
        ([ANGRY, NEUTRAL, ANGRY, ANGRY], False),
        ([FURIOUS, NEUTRAL], False),
        ([FURIOUS, DELIGHTED], False),
        ([DELIGHTED, DELIGHTED, FURIOUS], False),  # one slip among praise
    ],
)
def test_people_take_over_from_the_furious_and_the_weary(moods: list[Mood], strongly: bool) -> None:
    assert strongly_negative(moods) is strongly


@pytest.mark.parametrize(
    "text",
    [
        "my card was stolen, please block it",
        "how do I cancel my contract",
        "the router is broken",
        "I want to file a complaint",
        "PLEASE CALL ME BACK",
        "my father died, how do I close his account?",
    ],
)
def test_a_grave_topic_is_no_anger(text: str) -> None:
    assert not strongly_negative([mood_of(text, None, shipped_head())])


def test_parts_make_one_vector_and_a_missing_part_none() -> None:
    one, other = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    whole = whole_vector(["aaa", "b"], [one, other])
    assert whole is not None
    assert np.linalg.norm(whole) == pytest.approx(1)
    assert whole[0] > whole[1]
    assert whole_vector(["a", "b"], [one, None]) is None
    assert whole_vector(["a"], [one]) is one


def test_the_signs_of_a_message_can_be_told() -> None:
    assert {"on_hold", "so_long", "nobody"} <= set(signs_in("on hold for 2 hours, nobody there"))


def test_a_long_message_is_read_in_part() -> None:
    assert wording_of("x " * 400).tolist() == wording_of("x " * 4000).tolist()


def test_a_head_is_read_as_it_was_written(tmp_path: Path) -> None:
    head = shipped_head()
    write_head(head, tmp_path / "sentiment_head.json")
    again = head_in(tmp_path)
    assert again is not head
    assert again.sources == head.sources
    np.testing.assert_allclose(again.vectors.weights, head.vectors.weights)
    assert head_in(tmp_path / "nothing here") is head


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"signs": ["compound"]}, "another version"),
        ({"format": 99}, "another version"),
        ({"words": {"weights": ["1 2"], "bias": [0, 0], "temperature": 1}}, "another shape"),
        ({"vectors": None}, "is not a sentiment head"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    file = tmp_path / "head.json"
    file.write_text(json.dumps(json.loads(SHIPPED.read_text()) | change))
    with pytest.raises(Invalid, match=f"{told}.*switchboard train sentiment"):
        read_head(file)
