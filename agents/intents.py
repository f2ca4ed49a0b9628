"""What a message is about: nearest labelled examples, a regression over them, keywords, a head.

The examples and keywords are the tenant's; the head was fitted on many trades' messages, and
decides alone where the tenant has no examples. Pure functions of an index that
`agents/intent_index.py` keeps.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.ridge import Rows
from agents.route_head import HANDOFF, RouteHead
from agents.softmax import fit_softmax, shares_of
from agents.word_model import WordModel, learn_words
from agents.wording import normalise
from data.intents import Intent
from data.vectors import Vector
from tools.intents import ROUTES, route_intent

# Chosen on the demo tenants' examples, each left out once, and on ten examples a route of five
# other companies, with all-MiniLM-L6-v2; all are flat around these values. See evals/README.md.
NEAREST = 3  # examples of an intent whose mean similarity counts; one alone is too noisy
NOWHERE = np.float32(-2.0)  # stands for no example: farther than any can be
STRENGTH = 20.0
NEARNESS = 6.0
SAME = np.float32(0.95)  # cosine of what differs by a comma: as the tenant has labelled it, it is
SAME_BONUS = 6.0
KEYWORD_BONUS = 3.0
WORDS = 2.0
PRIOR = 0.6  # of what the head says, beside a few examples; without any it counts whole
PRIOR_HALVED = 150  # examples beside which it counts half of that: by then they know better

# What is like no example is understood less well than the regression has it: the scores are
# divided by as much. In a conversation "the other one" is more often not an intent at all.
FAMILIAR = 0.6  # cosine from which an example is as good as the message itself
DOUBT = 1.0
DOUBT_IN_CONVERSATION = 3.0

# A message near the tenant's own examples is the tenant's matter, whatever the head thinks.
NEAR_FROM = 0.4  # cosine; half of what is nobody's is below 0.31, half of the tenants' above 0.54
NEAR_SCOPE = 10.0
SURE_INSIDE = 0.8  # an intent this sure makes it somebody's matter
SURE_BY_EXAMPLES = 0.5  # where the tenant's own examples were asked, too
NOTHING = 0.4  # without a head: the cosine as likely nobody's as somebody's
NOTHING_SLOPE = 14.0

WORD_BONUS = 0.3
WORD_PRIOR = 0.3
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

    `keywords` are normalised, between spaces. `vectors` has shape (n, d); `places` has a row for
    each intent, with the rows of `vectors` that are its own, filled up with n, and `counts` tells
    how many there are. `weights` has shape (d, intents). `intents` ends with one of each route
    that the tenant has no intent for; `routes` tells which of ROUTES each is, by its specialist.
    `head` is None where there is none for the embedding model.
    """

    intents: tuple[Intent, ...]
    keywords: tuple[tuple[str, ...], ...]
    vectors: Rows
    places: npt.NDArray[np.intp]
    counts: npt.NDArray[np.intp]
    weights: Rows
    words: WordModel
    routes: npt.NDArray[np.intp]
    head: RouteHead | None


def build_index(
    own: Sequence[Intent], examples: Sequence[Labelled], head: RouteHead | None = None
) -> IntentIndex:
    """An index of these intents; examples of others are left out. 1,600 examples take 0.3 s."""
    intents = (*own, *(_others(own) if head else ()))
    position = {intent.name: i for i, intent in enumerate(intents)}
    known = sorted((e for e in examples if e.intent in position), key=lambda e: position[e.intent])
    with_vector = [(position[e.intent], e.vector) for e in known if e.vector is not None]
    owners = np.array([owner for owner, _ in with_vector], dtype=np.intp)
    rows = [vector for _, vector in with_vector]
    vectors = np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)
    routes = np.array([route_of(intent.specialist) for intent in intents], dtype=np.intp)
    prior = prior_weight(len(rows)) * head.shares(vectors)[:, routes] if head and rows else None
    return IntentIndex(
        intents=intents,
        keywords=tuple(_phrases(intent) for intent in intents),
        vectors=vectors,
        places=_places(owners, len(intents)),
        counts=np.bincount(owners, minlength=len(intents)),
        weights=fit_softmax(vectors, owners, len(intents), STRENGTH, prior=prior),
        words=learn_words(
            [e.content for e in known],
            np.array([position[e.intent] for e in known], dtype=np.intp),
            len(intents),
        ),
        routes=routes,
        head=head,
    )


def prior_weight(examples: int) -> float:
    """How much the head counts beside so many examples.

    >>> prior_weight(0), prior_weight(150)
    (1.0, 0.3)
    """
    return PRIOR * PRIOR_HALVED / (PRIOR_HALVED + examples) if examples else 1.0


def route_of(specialist: str) -> int:
    """The place in ROUTES of a specialist; one that only a tenant knows stands beside general."""
    return ROUTES.index(specialist if specialist in ROUTES else "general")


def _others(own: Sequence[Intent]) -> list[Intent]:
    """One intent for each route that nobody of the tenant's is there for."""
    there = {intent.specialist for intent in own} | {intent.name for intent in own}
    return [route_intent(route) for route in ROUTES if route not in there]


def classify_text(
    text: str, vector: Vector | None, index: IntentIndex, *, going_on: bool = False
) -> list[Guess]:
    """Every intent, best first; empty where there are none.

    Args:
        text: the message, or one clause of it.
        vector: its embedding by the model that made the index's. None: only words count.
        index: the tenant's.
        going_on: the conversation has a subject already, that the message may continue.
    """
    if not index.intents:
        return []
    hits = _keyword_hits(normalise(text), index)
    if vector is not None and (index.head is not None or len(index.vectors)):
        shares = _by_meaning(text, vector, hits, index, going_on=going_on)
    else:
        shares = _by_words(text, hits, index)
    order = np.argsort(-shares, kind="stable")
    return [_guess(index.intents[i], float(shares[i])) for i in order]


def outside_of(guesses: Sequence[Guess]) -> float:
    """How likely a message is nobody's matter, 0..1: what its guesses leave."""
    return max(0.0, 1 - sum(guess.confidence for guess in guesses)) if guesses else 0.0


def is_outside(guesses: Sequence[Guess], index: IntentIndex) -> bool:
    """Whether a message is nobody's matter: by a calibrated threshold, not by being likeliest.

    People are asked for in words that are nobody's matter, so they come first.
    """
    if index.head is None or not guesses:
        return False
    best = guesses[0]
    sure = SURE_BY_EXAMPLES if len(index.vectors) else SURE_INSIDE
    if best.specialist == HANDOFF or best.confidence >= sure:
        return False
    return outside_of(guesses) >= index.head.threshold


def _by_meaning(
    text: str, vector: Vector, hits: Scores, index: IntentIndex, *, going_on: bool
) -> Scores:
    scores = hits * KEYWORD_BONUS
    nearest = np.float32(0.0)
    if len(index.vectors):
        cosines = np.append(index.vectors @ vector, NOWHERE)[index.places]
        near = _example_scores(cosines, index)
        nearest = near.max()
        scores = scores + (cosines.max(axis=1) >= SAME) * SAME_BONUS
        scores = scores + index.weights.T @ vector + near * NEARNESS
        scores += index.words.scores(text) * WORDS
    if index.head is not None:
        told = index.head.shares(vector)[index.routes]
        scores = scores + told * prior_weight(len(index.vectors))
    if len(index.vectors):
        doubt = DOUBT_IN_CONVERSATION if going_on else DOUBT
        scores = scores / (1 + doubt * max(0.0, FAMILIAR - float(nearest)))
    shares: Scores = shares_of(scores) * (1 - _outside(vector, float(nearest), hits, index))
    return shares


def _outside(vector: Vector, nearest: float, hits: Scores, index: IntentIndex) -> float:
    if index.head is None:
        logit = (NOTHING - nearest) * NOTHING_SLOPE
    else:
        logit = index.head.outside(vector) - max(0.0, nearest - NEAR_FROM) * NEAR_SCOPE
    if hits.any():  # a keyword of the tenant's says that it is
        logit -= KEYWORD_BONUS
    return float(1 / (1 + np.exp(-logit)))


def _by_words(text: str, hits: Scores, index: IntentIndex) -> Scores:
    scores = index.words.scores(text) + hits * WORD_BONUS
    if index.head is not None:
        scores = scores + index.head.words.scores(text)[index.routes] * WORD_PRIOR
    shares: Scores = shares_of(np.append(scores, WORD_NOTHING) / WORD_TEMPERATURE)[:-1]
    return shares


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
    text = f" {normalised} "
    hits = [any(phrase in text for phrase in phrases) for phrases in index.keywords]
    return np.array(hits, dtype=np.float32)


def _phrases(intent: Intent) -> tuple[str, ...]:
    """Its keywords, normalised, between spaces: so they are whole words of a text that is, too."""
    return tuple(f" {phrase} " for keyword in intent.keywords if (phrase := normalise(keyword)))


def _places(owners: npt.NDArray[np.intp], intents: int) -> npt.NDArray[np.intp]:
    """Where the examples of each intent are, as rows of one length: one look finds them all."""
    mine = [np.flatnonzero(owners == intent) for intent in range(intents)]
    places = np.full((intents, max(NEAREST, *map(len, mine), 0)), len(owners), dtype=np.intp)
    for row, found in zip(places, mine, strict=True):
        row[: len(found)] = found
    return places


def _example_scores(cosines: Scores, index: IntentIndex) -> Scores:
    """Mean of each intent's highest cosines, in its row; 0 for an intent without any."""
    nearest = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:]
    used = np.minimum(index.counts, NEAREST)
    total = nearest.sum(axis=1) - NOWHERE * (NEAREST - used)
    scores: Scores = (total / np.maximum(used, 1)).astype(np.float32)
    return scores
