"""What an answer says in its own words, and what it only repeats. Pure functions."""

import re
from collections.abc import Sequence

BETWEEN = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")  # never within an address or a link
AFTER = frozenset("\\\"'")  # a line break, as a tool result's JSON has it, and the end of its text


def own_words(text: str, known: Sequence[str]) -> str:
    """The sentences of a text that no source has word for word, one a line.

    What they name would have to be looked for in everything that is known; what is quoted has
    been found by then.

    >>> own_words("It costs 5. It is blue.", ["Hub: It costs 5. Buy it."])
    'It is blue.'
    >>> own_words("It costs 5.", ["It costs 5.99."])
    'It costs 5.'
    """
    told = BETWEEN.split(text.strip())
    return "\n".join(s for s in told if not any(_is_quoted(s, each) for each in known))


def _is_quoted(sentence: str, source: str) -> bool:
    """Whether it stands there and ends there: "5." is no quotation of "5.99"."""
    at = source.find(sentence)
    while at >= 0:
        end = at + len(sentence)
        starts = at == 0 or not source[at - 1].isalnum()
        if starts and (end == len(source) or source[end].isspace() or source[end] in AFTER):
            return True
        at = source.find(sentence, at + 1)
    return False
