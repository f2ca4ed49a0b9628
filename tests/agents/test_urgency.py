import pytest

from agents.urgency import Urgency, signs_of, urgency


@pytest.mark.parametrize(
    ("text", "expected", "signs"),
    [
        ("", "low", []),
        ("What does express shipping cost?", "low", []),
        ("my phone says emergency calls only", "low", []),
        ("how much do I owe you right now", "low", []),
        ("You charged me twice for May", "medium", ["money"]),
        ("no internet", "medium", ["outage"]),
        ("This is unacceptable", "medium", ["strong_words"]),
        ("I have been waiting for two weeks", "medium", ["waiting_long"]),
        ("I will call my lawyer", "medium", ["legal"]),
        ("the charger smells burnt", "high", ["safety"]),
        ("My account was hacked", "high", ["fraud"]),
        ("please come as soon as possible", "high", ["said_to_be_urgent"]),
        ("no power, and my exam is in one hour", "high", ["deadline", "outage"]),
        ("third time I write, the roof is still leaking!!", "high", None),
        ("It’s urgent", "high", ["said_to_be_urgent"]),
    ],
)
def test_urgency_is_the_sum_of_its_signs(
    text: str, expected: Urgency, signs: list[str] | None
) -> None:
    assert urgency(text) == expected
    if signs is not None:
        assert [sign.name for sign in signs_of(text)] == signs
