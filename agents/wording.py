"""Words as they are compared: keywords, examples and messages are brought to one form first."""

import re

_NO_WORD = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Lower case, punctuation to space, single spaces.

    >>> normalise("  Opening-hours, PLEASE?! ")
    'opening hours please'
    """
    return _NO_WORD.sub(" ", text.lower()).strip()


def contains_phrase(text: str, phrase: str) -> bool:
    """Whether whole words of one normalised text stand in another, in that order.

    >>> contains_phrase("is the red light bad", "red light"), contains_phrase("tired", "red")
    (True, False)
    """
    return bool(phrase) and f" {phrase} " in f" {text} "
