"""Whether a customer asks once more what was answered before. Pure functions."""

import re
from collections.abc import Sequence

import numpy as np

from agents.cues import asks
from agents.extract import stems_of, words_of
from data.vectors import Vector

MODEL = "all-MiniLM-L6-v2"  # whose cosines SAME_MEANING is about
SAME_WORDS = 0.85  # of all the words of both; above it the wording is the same
SAME_MEANING = 0.85  # cosine of MiniLM; "return" and "exchange" of one thing are .82 apart
FEWEST_WORDS = 2  # with a meaning of their own: "and now?" is no question by itself
LOOK_BACK = 2  # questions before this one; who asks much later may have forgotten

WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\d+")


def word_overlap(one: str, other: str) -> float:
    """The share of the words of both that both have, 0..1.

    >>> word_overlap("Where is it?", "where IS it"), word_overlap("yes", "no")
    (1.0, 0.0)
    """
    first, second = (set(WORD.findall(text.lower())) for text in (one, other))
    both = first | second
    return len(first & second) / len(both) if both else 0.0


def is_question(text: str) -> bool:
    """Whether a message asks something that can be asked twice.

    >>> is_question("How long do refunds take?"), is_question("and now?"), is_question("thanks")
    (True, False, False)
    """
    return asks(text) and len(words_of(text)) >= FEWEST_WORDS


def comparable(text: str, earlier: Sequence[str]) -> list[str]:
    """The earlier questions that may be the same in other words: of one thing, and one number."""
    if not is_question(text):
        return []
    return [
        other
        for other in earlier[-LOOK_BACK:]
        if is_question(other)
        and stems_of(text) & stems_of(other)
        and set(NUMBER.findall(text)) == set(NUMBER.findall(other))
    ]


def same_words(text: str, earlier: Sequence[str]) -> bool:
    """Whether one of the last questions was asked in the same words."""
    return is_question(text) and any(
        word_overlap(text, other) > SAME_WORDS for other in earlier[-LOOK_BACK:]
    )


def same_meaning(vector: Vector, earlier: Sequence[Vector]) -> bool:
    """Whether one of the earlier questions means the same; unit vectors of one model."""
    return any(float(np.dot(vector, other)) >= SAME_MEANING for other in earlier)
