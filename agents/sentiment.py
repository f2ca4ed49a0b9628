"""How a customer feels: of each message, and of the last few together. Pure functions of a head.

A message's mood is five shares, from furious to delighted, that add up to 1. They are kept instead
of a label, so that a conversation is one weighted mean and says how sure it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Literal

import numpy as np

from agents.sentiment_head import GRADES, Head
from agents.sentiment_wording import wording_of
from data.vectors import Vector

Label = Literal["negative", "neutral", "positive"]
Mood = tuple[float, ...]
"""The share of each of GRADES, worst first; they add up to 1."""

LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
LATEST = 5  # messages that count
DECAY = 0.5  # each message counts half of the one after it
SAYS_LITTLE = 0.6  # what a wholly neutral message loses of its weight: "ok" calms nobody

# When a person should take over. Chosen on 4,206 ordinary messages, of which at most one in a
# thousand reads so, and on recorded conversations, of which none does; see evals/README.md. Who
# swears once about a parcel still wants to know where it is.
FURIOUS = -0.8  # of the conversation, and of its latest message
WEARY = -0.6  # of each message; a fault that is told calmly, "it did not help", is about -0.5
IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Sentiment:
    """`score` is -1 (furious) to 1 (delighted); `confidence` in the label is 0..1, calibrated."""

    score: float
    label: Label
    confidence: float


def mood_of(text: str, vector: Vector | None, head: Head) -> Mood:
    """The mood of one message.

    Args:
        text: the message.
        vector: its embedding by `head.embedding_model`. None: its wording alone decides.
        head: what was fitted.
    """
    wording = wording_of(text)
    if vector is None:
        layer, row = head.words, wording
    else:
        layer, row = head.vectors, np.concatenate([vector, wording])
    scores = (row @ layer.weights + layer.bias) / layer.temperature
    raised = np.exp(scores - scores.max())
    return tuple(round(float(share), 4) for share in raised / raised.sum())


def sentiment_of(moods: Sequence[Mood]) -> Sentiment:
    """What the moods of a customer's messages, oldest first, come to. The last LATEST count.

    >>> sentiment_of([(0.0, 0.0, 1.0, 0.0, 0.0)])
    Sentiment(score=0.0, label='neutral', confidence=1.0)
    >>> sentiment_of([(0.0, 1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0, 1.0)]).label
    'positive'
    >>> sentiment_of([(1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0, 0.0)]).label
    'negative'

    Raises:
        ValueError: there is no mood.
    """
    if not moods:
        raise ValueError("the sentiment of no message at all is not known")
    latest = moods[-LATEST:]
    ages = range(len(latest) - 1, -1, -1)
    weights = [
        DECAY**age * (1 - SAYS_LITTLE * mood[2]) for age, mood in zip(ages, latest, strict=True)
    ]
    whole = sum(weights)
    shares = [
        sum(map(mul, weights, column)) / whole for column in zip(*latest, strict=True)
    ]  # so few numbers are added up faster without numpy
    sums = (shares[0] + shares[1], shares[2], shares[3] + shares[4])
    best = max(range(3), key=sums.__getitem__)
    return Sentiment(
        score=round(sum(map(mul, shares, GRADES)), 4),
        label=LABELS[best],
        confidence=round(min(sums[best], 1.0), 4),
    )


def strongly_negative(moods: Sequence[Mood]) -> bool:
    """Whether a person should take over because the customer has had enough.

    They are furious, or complain for the third message in a row. Their latest message has to be so:
    who has calmed down, or only answers a question, is not passed on for what was said before.

    >>> strongly_negative([(1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0, 0.0)])
    False
    >>> [strongly_negative([(0.5, 0.5, 0.0, 0.0, 0.0)] * times) for times in (2, 3)]
    [False, True]
    """
    if not moods:
        return False
    scores = [sentiment_of([mood]).score for mood in moods[-IN_A_ROW:]]
    furious = scores[-1] <= FURIOUS and sentiment_of(moods).score <= FURIOUS
    return furious or (len(scores) == IN_A_ROW and max(scores) <= WEARY)


def whole_vector(parts: Sequence[str], vectors: Sequence[Vector | None]) -> Vector | None:
    """One vector for a message whose clauses were embedded; the longer count more."""
    known = [(len(part), v) for part, v in zip(parts, vectors, strict=True) if v is not None]
    if not known or len(known) < len(parts):
        return None
    if len(known) == 1:
        return known[0][1]
    total = np.sum([length * vector for length, vector in known], axis=0)
    whole: Vector = (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)
    return whole
