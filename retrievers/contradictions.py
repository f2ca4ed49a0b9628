"""Where a knowledge base may contradict itself, or speaks of what is over. Pure functions.

Two sentences contradict each other where they say nearly the same with other figures of one unit:
"within 30 days" here, "within 14 days" there. Words alone cannot tell, so a person looks at them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product

import numpy as np

from data.vectors import Vectors
from retrievers.sentences import split_sentences

NEAR = 0.6  # the cosine from which two passages may be about one thing
ALIKE = 0.6  # of the words of two sentences
FEWEST_WORDS = 3  # of meaning that a sentence needs to be compared
BLOCK = 512  # passages compared with all others at a time

WORD = re.compile(r"[a-z]{3,}")
EVERYWHERE = frozenset(
    [
        "the",
        "and",
        "for",
        "are",
        "was",
        "with",
        "that",
        "this",
        "from",
        "you",
        "your",
        "our",
        "its",
        "can",
        "will",
    ]
)
UNITS = (
    r"days?|weeks?|months?|years?|hours?|minutes?|seconds?|percent|%|dollars?|euros?|usd|eur|gbp"
    r"|[gmk]b|[gmk]bps|[gmk]bit/s"
)
QUANTITY = re.compile(
    rf"(?P<sign>[$€£])?\s?(?P<value>\d[\d,]*(?:\.\d+)?)[\s-]*"
    rf"(?:(?:business|working|calendar)\s)?(?P<unit>{UNITS})?(?![\w/])",
    re.IGNORECASE,
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
ENDS = re.compile(
    r"\b(?:until|till|through|valid to|expires?(?: on)?|ends?(?: on)?|ended(?: on)?)\s+(?:the\s+)?"
    rf"(?P<when>\d{{4}}-\d{{2}}-\d{{2}}|{MONTH}\.? \d{{1,2}},? \d{{4}}"
    rf"|\d{{1,2}}\.? {MONTH}\.? \d{{4}}|{MONTH}\.? \d{{4}})",
    re.IGNORECASE,
)
FORMATS = ("%Y-%m-%d", "%b %d %Y", "%d %b %Y", "%b %Y")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with figures. `figures` are values by their unit."""

    passage: int
    sentence: str
    words: frozenset[str]
    figures: Mapping[str, frozenset[float]]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sentences, by the positions of their passages, and what they disagree about."""

    first: Statement
    second: Statement
    unit: str


def contradictions(texts: Sequence[str], vectors: Vectors) -> list[Contradiction]:
    """Pairs of sentences of different passages that cannot both be right.

    Args:
        texts: the passages.
        vectors: a row for each, of length 1.
    """
    said = {at: found for at, text in enumerate(texts) if (found := list(statements(at, text)))}
    pairs = (
        _between(mine, other)
        for first, second in _near(vectors)
        if first in said and second in said
        for mine, other in product(said[first], said[second])
    )
    return [pair for pair in pairs if pair]


def _near(vectors: Vectors) -> Iterator[tuple[int, int]]:
    """Positions of passages near in meaning, each pair once."""
    for start in range(0, len(vectors), BLOCK):
        cosines = vectors[start : start + BLOCK] @ vectors[start:].T
        for row, column in np.argwhere(np.triu(cosines, k=1) >= NEAR):
            yield start + int(row), start + int(column)


def statements(passage: int, text: str) -> Iterator[Statement]:
    """The sentences of a passage that name a figure with a unit; rows of a table are none."""
    for block in text.split("\n"):
        if block.startswith("|"):
            continue
        for sentence in split_sentences(block):
            figures = figures_in(sentence)
            words = frozenset(WORD.findall(QUANTITY.sub(" ", sentence.lower()))) - EVERYWHERE
            if figures and len(words) >= FEWEST_WORDS:
                yield Statement(passage, sentence, words, figures)


def figures_in(text: str) -> dict[str, frozenset[float]]:
    """Values by unit; amounts of money under their sign.

    >>> figures_in("Within 30 days, for $5 or 7 USD; call 555 twice.")
    {'day': frozenset({30.0}), '$': frozenset({5.0, 7.0})}
    """
    found: defaultdict[str, set[float]] = defaultdict(set)
    for each in QUANTITY.finditer(text):
        unit = each["sign"] or each["unit"]
        if unit:
            found[_one_name(unit.lower())].add(float(each["value"].replace(",", "")))
    return {unit: frozenset(values) for unit, values in found.items()}


def _one_name(unit: str) -> str:
    money = {"dollar": "$", "usd": "$", "euro": "€", "eur": "€", "gbp": "£", "percent": "%"}
    single = unit.removesuffix("s") if unit.endswith("s") and not unit.endswith("bps") else unit
    return money.get(single, single)


def _between(first: Statement, second: Statement) -> Contradiction | None:
    shared = len(first.words & second.words) / len(first.words | second.words)
    if shared < ALIKE:
        return None
    for unit in first.figures.keys() & second.figures.keys():
        if first.figures[unit].isdisjoint(second.figures[unit]):
            return Contradiction(first, second, unit)
    return None


def over(text: str, today: date) -> list[str]:
    """The sentences that name an end which is past.

    >>> over("Free until March 31, 2020. Open until May 2999.", date(2026, 1, 1))
    ['Free until March 31, 2020.']
    """
    return [
        sentence
        for block in text.split("\n")
        for sentence in split_sentences(block)
        if any((end := _date(each["when"])) and end < today for each in ENDS.finditer(sentence))
    ]


def _date(written: str) -> date | None:
    """The day; of a month its last, more or less. None where there is no such day."""
    plain = " ".join(written.replace(",", " ").replace(".", " ").split())
    short = re.sub(r"[A-Za-z]{4,}", lambda month: month[0][:3], plain)
    for form in FORMATS:
        try:
            day = datetime.strptime(short, form).date()  # noqa: DTZ007
        except ValueError:
            continue
        return day.replace(day=28) if form == "%b %Y" else day
    return None
