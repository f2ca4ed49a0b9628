"""An answer made of a passage's own sentences. Pure functions."""

import re
from collections.abc import Sequence

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])|\n+")
WORD = re.compile(r"[a-z0-9]+")
BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
MOST_CHARS = 600
MOST_SENTENCES = 4

# Words that any two English sentences share; without them, overlap means a shared subject.
COMMON = frozenset(
    """
    a an and are as at be but by can do does for from get have how i if in is it me my not of on
    or our so that the their there this to up was we what when where which will with you your
    """.split()
)


def words_of(text: str) -> frozenset[str]:
    """The words that carry a meaning, lower case.

    >>> sorted(words_of("How do I reset the router?"))
    ['reset', 'router']
    """
    return frozenset(WORD.findall(text.lower())) - COMMON


def sentences_of(text: str) -> list[str]:
    """Sentences and list items, in order; headings and empty lines are dropped."""
    parts = (part.strip() for part in SENTENCE.split(text))
    return [part for part in parts if part and not part.startswith("#")]


def answer_from(question: str, content: str) -> str:
    """The stretch of a passage that answers best: its sentences from the closest one on.

    A run of neighbouring sentences reads better, and misleads less, than the best ones picked
    from all over.

    >>> answer_from("When do you ship?", "We sell phones. We ship on weekdays. It takes two days.")
    'We ship on weekdays. It takes two days.'
    """
    sentences = sentences_of(content)
    if not sentences:
        return content.strip()[:MOST_CHARS]
    asked = words_of(question)
    start = _closest(asked, sentences)
    chosen: list[str] = []
    for sentence in sentences[start : start + MOST_SENTENCES]:
        if chosen and sum(map(len, chosen)) + len(sentence) > MOST_CHARS:
            break
        chosen.append(sentence)
    return _joined(chosen)


def _closest(asked: frozenset[str], sentences: Sequence[str]) -> int:
    """Where the sentence with most of the question's words is; the first wins a tie."""
    return max(range(len(sentences)), key=lambda i: (len(asked & words_of(sentences[i])), -i))


def _joined(sentences: Sequence[str]) -> str:
    """Sentences as a paragraph, list items as lines."""
    text = ""
    for sentence in sentences:
        separator = "\n" if BULLET.match(sentence) else " "
        text = f"{text}{separator}{sentence}" if text else sentence
    return text
