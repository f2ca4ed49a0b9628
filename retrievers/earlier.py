"""How much of what was said before belongs to a question: all of it, some of it, or nothing.

"And how long does that take?" means nothing by itself, and "I want to close my account" means the
same whatever was said. Which of the two a question is can be seen in the knowledge base: a question
of its own has a few passages that are near it and stand out, the other has none near, or many that
are all as near.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.db import Connection
from data.search import Query, nearest_cosines
from data.vectors import Vector

CHARS = 400  # of an answer: where it says what it is about
NEIGHBOURS = 20  # the nearest passage is compared with the one so many places behind it


@dataclass(frozen=True, slots=True)
class Carry:
    """What is carried over from what was said before.

    `share` of its meaning is added to a question's that leans on it altogether. A question whose
    nearest passage stands out by `clear` or more leans on nothing, by `lost` or less altogether.
    `scored` is the share in the score: no answer should count as grounded for repeating the one
    before.
    """

    share: float
    clear: float
    lost: float
    scored: float = 0.3


# Chosen with the weights in data/search.py, on the same half of the questions.
CARRY = Carry(share=1.0, clear=0.12, lost=0.05)


async def in_conversation(
    db: Connection, tenant: str, query: Query, said: Vector, carry: Carry = CARRY
) -> Query:
    """The query as it is meant after what was said before; `said` is that one's vector."""
    if query.vector is None:
        return query
    cosines = await nearest_cosines(db, tenant, query, limit=NEIGHBOURS + 1)
    leaning = leans(cosines, carry)
    return replace(
        query,
        leaning=leaning,
        vector=moved(query.vector, said, carry.share * leaning),
        scored=moved(query.vector, said, carry.scored * leaning),
    )


def leans(cosines: Sequence[float], carry: Carry = CARRY) -> float:
    """How far a question leans on what was said before it, 0..1.

    Args:
        cosines: of the passages nearest to the question alone, nearest first.
        carry: where it begins and ends.

    >>> leans([0.7] + [0.3] * 20), leans([0.7] * 21), leans([0.3] + [0.2] * 20)
    (0.0, 1.0, 1.0)
    """
    if not cosines:
        return 0.0
    stands_out = (cosines[0] - cosines[-1]) * cosines[0]
    return min(max((carry.clear - stands_out) / (carry.clear - carry.lost), 0.0), 1.0)


def moved(meant: Vector, said: Vector, share: float) -> Vector:
    """A vector moved towards another, of length 1."""
    together: Vector = meant + np.float32(share) * said
    length = np.float32(np.linalg.norm(together))
    return together / length if length else meant
