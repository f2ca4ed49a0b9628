"""Which curated answer fits a message, and by what: from its name down to its meaning."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.extract import stems_of
from agents.wording import contains_phrase, normalise
from data.curated import CuratedAnswer
from data.vectors import Vector, Vectors
from retrievers.search import Calibration, calibrate

Level = Literal["category", "keywords", "substring", "semantic"]

FEWEST_WORDS = 2  # in common with an answer's keywords
LEAST_SHARE = 0.34  # of the message's words: a long story is not answered because of two of them
LEAST_NAME_SHARE = 0.25
SEMANTIC_THRESHOLD = 0.6  # of the calibrated similarity
STRICTER = 0.08  # taken off the cosine: an answer names its whole subject, so all of it is near

# How far each level is to be trusted; multiplied with the answer's own confidence.
TRUST: dict[Level, float] = {"category": 1.0, "keywords": 0.95, "substring": 0.9, "semantic": 0.85}


@dataclass(frozen=True, slots=True, eq=False)
class CuratedIndex:
    """A tenant's answers. `vectors` has a row for each, by `meaning_of`; None without a model."""

    answers: tuple[CuratedAnswer, ...]
    vectors: Vectors | None
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Match:
    """`confidence` is 0..1."""

    answer: CuratedAnswer
    level: Level
    confidence: float


def meaning_of(answer: CuratedAnswer) -> str:
    """What is embedded for an answer: what it is asked by, then what it says."""
    name = answer.name.replace("_", " ")
    return f"{name}: {', '.join(answer.keywords)}. {answer.response}"


def match_curated(
    text: str, vector: Vector | None, index: CuratedIndex, *, intents: Collection[str]
) -> Match | None:
    """The answer that fits best, by the strongest level that finds one; None where none does.

    Args:
        text: one question of a customer.
        vector: its embedding; None: the semantic level is left out.
        index: the tenant's answers.
        intents: what the question was guessed to be about. An answer serves only its own.
    """
    served = [
        position
        for position, answer in enumerate(index.answers)
        if not answer.intents or not set(intents).isdisjoint(answer.intents)
    ]
    answers = [index.answers[position] for position in served]
    message = normalise(text)
    said = stems_of(text)
    found = (
        _by_name(message, said, answers) or _by_words(said, answers) or _by_phrase(message, answers)
    )
    if found:
        return found
    if vector is None or index.vectors is None or not served:
        return None
    return _by_meaning(index.vectors[served] @ vector, answers, index.calibration)


def _match(answer: CuratedAnswer, level: Level, share: float = 1.0) -> Match:
    return Match(answer, level, round(answer.confidence * TRUST[level] * share, 4))


def _by_name(message: str, said: frozenset[str], answers: Sequence[CuratedAnswer]) -> Match | None:
    """The customer names the category itself, such as `opening hours`; the longest name wins."""
    names = [(normalise(answer.name), answer) for answer in answers]
    named = [
        (name, answer)
        for name, answer in names
        if contains_phrase(message, name) and len(name.split()) >= LEAST_NAME_SHARE * len(said)
    ]
    return _match(max(named, key=lambda n: len(n[0]))[1], "category") if named else None


def _by_words(said: frozenset[str], answers: Sequence[CuratedAnswer]) -> Match | None:
    """Most words in common with the keywords of one answer."""
    common = [len(said & stems_of(" ".join(a.keywords))) for a in answers]
    best = max(range(len(answers)), key=common.__getitem__, default=None)
    if best is None or common[best] < max(FEWEST_WORDS, LEAST_SHARE * len(said)):
        return None
    return _match(answers[best], "keywords")


def _by_phrase(message: str, answers: Sequence[CuratedAnswer]) -> Match | None:
    """One of an answer's keywords stands in the message; the longest wins."""
    said = len(message.split())
    found = [
        (len(keyword), -position)
        for position, answer in enumerate(answers)
        for keyword in map(normalise, answer.keywords)
        if contains_phrase(message, keyword) and len(keyword.split()) >= LEAST_SHARE * said
    ]
    return _match(answers[-max(found)[1]], "substring") if found else None


def _by_meaning(
    cosines: Vector, answers: Sequence[CuratedAnswer], calibration: Calibration
) -> Match | None:
    best = int(cosines.argmax())
    score = calibrate(float(cosines[best]) - STRICTER, calibration)
    return _match(answers[best], "semantic", score) if score >= SEMANTIC_THRESHOLD else None
