"""What a message is about: nearest labelled examples, a linear head over them, and keywords.

All three come from the tenant. Pure functions of an index that `agents/intent_index.py` keeps.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.ridge import Rows, fit
from agents.word_model import WordModel, learn_words
from agents.wording import contains_phrase, normalise
from data.intents import Intent
from data.vectors import Vector

# Chosen on the demo tenant's 1,280 examples, each left out once, with all-MiniLM-L6-v2: they give
# the lowest calibration error (0.05). Another model or a trained head needs its own.
NEAREST = 3  # examples of an intent whose mean similarity counts; one alone is too noisy
NOWHERE = np.float32(-2.0)  # stands for no example: farther than any can be
HEAD_WEIGHT = 0.5
HEAD_PENALTY = 1.0
KEYWORD_BONUS = 0.1
TEMPERATURE = 0.07
NOTHING = 0.4  # the score of "none of them": 19 in 20 messages are nearer than that to their own

WORD_BONUS = 0.3
WORD_TEMPERATURE = 0.05
WORD_NOTHING = 0.1

# Of a specialist's intents together. On 2,300 messages to other companies 0.4 sends 72 in 100 to
# whom they belong, the best intent alone 65; between 0.3 and 0.5 it hardly matters.
OWNER_THRESHOLD = 0.4

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Guess:
    """`confidence` is 0..1; those of one message and of "something else" add up to 1."""

    name: str
    specialist: str
    account: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """An example; its vector may be missing."""

    intent: str
    content: str
    vector: Vector | None


@dataclass(frozen=True, slots=True, eq=False)
class IntentIndex:
    """Everything `classify_text` needs to know of a tenant. Never changed, only replaced.

    `keywords` are normalised. `vectors` has shape (n, d); `places` has a row for each intent, with
    the rows of `vectors` that are its own, filled up with n, and `counts` tells how many there
    are. `head` has shape (d, intents).
    """

    intents: tuple[Intent, ...]
    keywords: tuple[tuple[str, ...], ...]
    vectors: Rows
    places: npt.NDArray[np.intp]
    counts: npt.NDArray[np.intp]
    head: Rows
    words: WordModel


def build_index(intents: Sequence[Intent], examples: Sequence[Labelled]) -> IntentIndex:
    """An index of these intents; examples of other intents are left out. Takes about 50 ms."""
    position = {intent.name: i for i, intent in enumerate(intents)}
    known = sorted((e for e in examples if e.intent in position), key=lambda e: position[e.intent])
    with_vector = [(position[e.intent], e.vector) for e in known if e.vector is not None]
    owners = np.array([owner for owner, _ in with_vector], dtype=np.intp)
    rows = [vector for _, vector in with_vector]
    vectors = np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)
    return IntentIndex(
        intents=tuple(intents),
        keywords=tuple(tuple(map(normalise, intent.keywords)) for intent in intents),
        vectors=vectors,
        places=_places(owners, len(intents)),
        counts=np.bincount(owners, minlength=len(intents)),
        head=fit(vectors, owners, len(intents), HEAD_PENALTY),
        words=learn_words(
            [e.content for e in known],
            np.array([position[e.intent] for e in known], dtype=np.intp),
            len(intents),
        ),
    )


def classify_text(text: str, vector: Vector | None, index: IntentIndex) -> list[Guess]:
    """Every intent of the tenant, best first; empty where it has none.

    Args:
        text: the message, or one clause of it.
        vector: its embedding by the model that made the index's. None: only words count.
        index: the tenant's.
    """
    if not index.intents:
        return []
    hits = _keyword_hits(normalise(text), index)
    if vector is not None and len(index.vectors):
        scores = _example_scores(vector, index) + index.head.T @ vector * HEAD_WEIGHT
        scores += hits * KEYWORD_BONUS
        shares = _softmax(np.append(scores, NOTHING) / TEMPERATURE)
    else:
        scores = index.words.scores(text) + hits * WORD_BONUS
        shares = _softmax(np.append(scores, WORD_NOTHING) / WORD_TEMPERATURE)
    order = np.argsort(-shares[:-1], kind="stable")
    return [_guess(index.intents[i], float(shares[i])) for i in order]


def likely_owner(guesses: Sequence[Guess]) -> str | None:
    """The specialist most likely right, where all of its intents together are; else None."""
    shares: defaultdict[str, float] = defaultdict(float)
    for guess in guesses:
        shares[guess.specialist] += guess.confidence
    owner = max(shares, key=shares.__getitem__, default=None)
    return owner if owner is not None and shares[owner] >= OWNER_THRESHOLD else None


def _guess(intent: Intent, confidence: float) -> Guess:
    return Guess(intent.name, intent.specialist, intent.account, confidence)


def _keyword_hits(normalised: str, index: IntentIndex) -> Scores:
    """1 for every intent one of whose keyword phrases stands in the message."""
    return np.array(
        [any(contains_phrase(normalised, k) for k in phrases) for phrases in index.keywords],
        dtype=np.float32,
    )


def _places(owners: npt.NDArray[np.intp], intents: int) -> npt.NDArray[np.intp]:
    """Where the examples of each intent are, as rows of one length: one look finds them all."""
    mine = [np.flatnonzero(owners == intent) for intent in range(intents)]
    places = np.full((intents, max(NEAREST, *map(len, mine), 0)), len(owners), dtype=np.intp)
    for row, found in zip(places, mine, strict=True):
        row[: len(found)] = found
    return places


def _example_scores(vector: Vector, index: IntentIndex) -> Scores:
    """Mean cosine of each intent's nearest examples; 0 for an intent without any."""
    cosines = np.append(index.vectors @ vector, NOWHERE)[index.places]
    nearest = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:]
    used = np.minimum(index.counts, NEAREST)
    total = nearest.sum(axis=1) - NOWHERE * (NEAREST - used)
    scores: Scores = (total / np.maximum(used, 1)).astype(np.float32)
    return scores


def _softmax(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    raised = np.exp(scores - scores.max())
    shares: npt.NDArray[np.floating] = raised / raised.sum()
    return shares
