"""How well a search ranks: recall and reciprocal rank, with intervals. Pure functions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DEPTH = 5  # recall counts a document among the first so many
RESAMPLES = 5_000
MISS = 0  # the rank of what was not found

Sample = npt.NDArray[np.float64]  # one number for each question


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the interval that holds 95 of 100 resampled ones."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def rank_of(found: Sequence[str], wanted: Collection[str]) -> int:
    """The place, from 1, of the first wanted document among those found; MISS if it is not there.

    A document whose passages were found several times has one place.

    >>> rank_of(["a", "a", "b"], {"b"}), rank_of(["a"], {"b"})
    (2, 0)
    """
    places = list(dict.fromkeys(found))
    return min((places.index(each) + 1 for each in wanted if each in places), default=MISS)


def recall(ranks: Sequence[int], depth: int = DEPTH) -> Sample:
    """1 for each question whose document is among the first `depth`, else 0."""
    return np.array([0 < rank <= depth for rank in ranks], dtype=np.float64)


def reciprocal(ranks: Sequence[int]) -> Sample:
    """1 / rank for each question, 0 for a miss."""
    return np.array([1 / rank if rank else 0 for rank in ranks], dtype=np.float64)


def estimate(sample: Sample, seed: int = 0) -> Estimate:
    """The mean and its bootstrap interval, the same every time.

    For a paired comparison, give the differences.

    Raises:
        ValueError: there is nothing to estimate from.
    """
    if not len(sample):
        raise ValueError("an estimate needs at least one question")
    drawn = np.random.default_rng(seed).integers(0, len(sample), (RESAMPLES, len(sample)))
    low, high = np.percentile(sample[drawn].mean(axis=1), [2.5, 97.5])
    return Estimate(float(sample.mean()), float(low), float(high))
