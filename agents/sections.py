"""Which section of the passages found answers a question, and what it says. Pure functions.

One section answers: the passages are cut at their headings, and the section is taken that fits
best. Stretches picked from all over would mislead.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.extract import answer_from, meant, stem, stems_of, words_of
from agents.phrases import phrase
from agents.words import words
from tools.identifiers import without_identifiers

Passages = Sequence[Mapping[str, Any]]

HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
HEADING_PATH = " › "
LEAST_FIT = 0.6  # of a section that answers a question on a subject that the company knows
UNKNOWN_SUBJECT = 0.28  # more is needed where nobody knows whether it is one
WITH_BEFORE = 0.25  # more, as what was asked before adds to every section of the same subject
WITH_TOLD = 0.2  # more, as does the article that has just answered

PRICE = re.compile(
    r"\b(?:how much|costs?|prices?|charged?|fees?|free|expensive|cheap(?:er)?|rates?)\b",
    re.IGNORECASE,
)
AMOUNT_ASKED = re.compile(
    r"\bhow much\b|\bwhat\b[^?.!]*\bcosts?\b|\bprices? (?:of|for)\b", re.IGNORECASE
)
AMOUNT = re.compile(r"[$€£] ?\d|\b\d+(?:\.\d\d)? ?(?:USD|EUR|GBP|CHF)\b", re.IGNORECASE)
TIME = re.compile(
    r"\b(?:how (?:long|soon|fast|quick(?:ly)?)|how many (?:hours|days|weeks|months|years)|when"
    r"|until|what time)\b",
    re.IGNORECASE,
)
MONEY = re.compile(
    r"[$€£] ?\d|\b\d+(?:\.\d\d)? ?(?:USD|EUR|GBP|CHF)\b|\bfree\b|\bno fees?\b|\bcosts? nothing\b"
    r"|\bwithout (?:any |a )?(?:fee|cost)",
    re.IGNORECASE,
)
DURATION = re.compile(
    r"\b\d+ (?:business |working )?(?:minute|hour|day|week|month|year)s?\b|\b\d{1,2}:\d\d\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bat once\b"
    r"|\b(?:next|same) (?:business )?day\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts besides nearness in meaning, which is 0..1 and counts 1.

    `heading`, `body`, `title`: the share of the question's words that stand there first. `kind`:
    what a section loses that has no price where one is asked for, or no time. For a question that
    goes on: `in_full`, the nearness to it with what it follows on; `earlier`, the share of the
    words before it; `same`, the article that answered before.
    """

    heading: float = 0.8
    body: float = 0.4
    title: float = 0.3
    kind: float = 0.3
    in_full: float = 0.45
    earlier: float = 0.2
    same: float = 0.4


# On the 91 questions and 65 follow-ups of tests/agents/questions.yaml these take a section that
# answers for 63 and 45, one that does not for 12 and 11; meaning and words of the question alone
# for 59 and 33, and 16 and 32. Of 211 questions to another company they answer 15 instead of 34.
WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what it goes on with: the question before, and what was answered to it.

    `known`: its subject is surely one of the company's.
    """

    text: str
    before: str = ""
    told: str = ""
    known: bool = True

    @property
    def in_full(self) -> str:
        """With what it goes on with."""
        return f"{self.before} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a passage under one heading; `near` is the passage's nearness to the question.

    `near_in_full` is that to the question with what came before it.
    """

    title: str
    heading: str
    body: str
    near: float = 0.0
    near_in_full: float = 0.0


@dataclass(frozen=True, slots=True)
class _Read:
    """A section and its words."""

    section: Section
    heading: frozenset[str]
    body: frozenset[str]
    title: frozenset[str]
    words: frozenset[str] = field(default=frozenset())


def grounded_answer(
    found: Passages | None,
    asked: Question | str,
    in_full: Passages = (),
) -> str:
    """What the section that answers says, and where it stands; empty where none does.

    Args:
        found: what a search for the question found.
        asked: the question, with what it goes on with if it does.
        in_full: what a search found for the question with the one before it.
    """
    question = asked if isinstance(asked, Question) else Question(str(asked or ""))
    plain = without_identifiers(question.text), without_identifiers(question.before)
    question = replace(question, text=plain[0], before=plain[1])
    best = answering(found, question, in_full)
    if best is None:
        return ""
    said = answer_from(question.text, best.body, question.before)
    return f"{said}\n\n{phrase('sources', titles=best.title)}"


def sections_of(passage: Mapping[str, Any]) -> Iterator[Section]:
    """The passage, cut at the headings inside it."""
    title, score = str(passage["title"]), float(passage["score"])
    heading = str(passage.get("heading") or title).rpartition(HEADING_PATH)[2]
    first, *others = HEADING.split(str(passage["content"]))
    for name, body in ((heading, first), *zip(others[::2], others[1::2], strict=True)):
        if body.strip():
            yield Section(title, name, body.strip(), near=score)


def answering(found: Passages | None, question: Question, in_full: Passages = ()) -> Section | None:
    """The section that answers best; None where none answers."""
    sections = list(_merged(found or (), in_full))
    if not sections:
        return None
    fits = fitness(sections, question)
    best = max(range(len(sections)), key=lambda i: (fits[i], -i))
    return sections[best] if fits[best] >= _least(sections[best], question) else None


def _least(section: Section, question: Question) -> float:
    return (
        LEAST_FIT
        + UNKNOWN_SUBJECT * (not question.known)
        + WITH_BEFORE * bool(question.before)
        + WITH_TOLD * _has_told(section, question)
    )


def _has_told(section: Section, question: Question) -> bool:
    """Whether its article answered before."""
    return phrase("sources", titles=section.title) in question.told


def fitness(
    sections: Sequence[Section], question: Question, weights: Weights = WEIGHTS
) -> list[float]:
    """How well each section answers; a word counts the more the fewer of them hold it."""
    read = [_read(section) for section in sections]
    asked = _asked(question.text, read)
    rare = _rarity(asked, read)
    earlier = _rarity(stems_of(f"{question.before} {question.told}") - asked, read)
    return [
        each.section.near
        + weights.heading * _share(rare, each.heading)
        + weights.body * _share(rare, each.body - each.heading)
        + weights.title * _share(rare, each.title - each.body - each.heading)
        + weights.kind * _kind(question.text, f"{each.section.heading}\n{each.section.body}")
        + (_in_context(each, question, earlier, weights) if question.before else 0.0)
        for each in read
    ]


def _in_context(
    each: _Read, question: Question, earlier: Mapping[str, float], weights: Weights
) -> float:
    return (
        weights.in_full * each.section.near_in_full
        + weights.earlier * _share(earlier, each.words)
        + weights.same * _has_told(each.section, question)
    )


def _merged(found: Passages, in_full: Passages) -> Iterator[Section]:
    """Every section once, in the order in which they were found."""
    near = {(s.title, s.heading, s.body): s for p in found for s in sections_of(p)}
    full = {(s.title, s.heading, s.body): s for p in in_full for s in sections_of(p)}
    for key in dict.fromkeys([*near, *full]):
        yield Section(
            *key,
            near=near[key].near if key in near else 0.0,
            near_in_full=full[key].near if key in full else 0.0,
        )


def _read(section: Section) -> _Read:
    heading, title = stems_of(section.heading), stems_of(section.title)
    body = stems_of(section.body)
    return _Read(section, heading, body, title, heading | title | body)


def _asked(text: str, read: Sequence[_Read]) -> frozenset[str]:
    """The words of a question that tell what it is about, those misspelt as they were meant."""
    known = frozenset().union(*(each.words for each in read))
    return frozenset(meant(stem(w), known) for w in words_of(text) - words("of_questions"))


def _rarity(asked: frozenset[str], read: Sequence[_Read]) -> dict[str, float]:
    """A word that stands in none counts as one that stands in hardly any."""
    there = {word: sum(word in each.words for each in read) for word in asked}
    return {
        word: math.log(1 + (len(read) - (n or 1) + 0.5) / ((n or 1) + 0.5))
        for word, n in there.items()
    }


def _share(weights: Mapping[str, float], there: frozenset[str]) -> float:
    """Of the weight of all words, 0..1."""
    total = sum(weights.values())
    return sum(v for word, v in weights.items() if word in there) / total if total else 0.0


def _kind(question: str, body: str) -> int:
    """How much of what is asked for is missing: 0 to -2."""
    wanted = AMOUNT if AMOUNT_ASKED.search(question) else MONEY
    price = PRICE.search(question) is not None and not wanted.search(body)
    time = TIME.search(question) is not None and not DURATION.search(body)
    return -price - time
