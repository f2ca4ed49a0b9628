"""How well labels were told: figures with 95 % intervals. Pure functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

RESAMPLES = 500
BINS = 10

Column = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Told:
    """A label that was told, the right one, and the confidence in the first, 0..1."""

    right: str
    said: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with the bounds between which 95 % of resampled values lie."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Measures:
    """`confusion` has a row for each right label and a column for each that was told."""

    count: int
    accuracy: Figure
    macro_f1: Figure
    calibration_error: Figure
    confusion: tuple[tuple[int, ...], ...]


def measure(told: Sequence[Told], labels: Sequence[str]) -> Measures:
    """Everything there is to say of these labels.

    Raises:
        ValueError: there is none.
    """
    if not told:
        raise ValueError("nothing was told, so nothing can be measured")
    right = np.array([each.right for each in told])
    said = np.array([each.said for each in told])
    sure = np.array([each.confidence for each in told])

    def accuracy(at: npt.NDArray[np.intp]) -> float:
        return float(accuracy_score(right[at], said[at]))

    def macro_f1(at: npt.NDArray[np.intp]) -> float:
        found = f1_score(right[at], said[at], labels=labels, average="macro", zero_division=0)
        return float(found)

    def calibration(at: npt.NDArray[np.intp]) -> float:
        return calibration_error(sure[at], right[at] == said[at])

    return Measures(
        count=len(told),
        accuracy=_figure(accuracy, len(told)),
        macro_f1=_figure(macro_f1, len(told)),
        calibration_error=_figure(calibration, len(told)),
        confusion=tuple(
            tuple(int(n) for n in row) for row in confusion_matrix(right, said, labels=labels)
        ),
    )


def calibration_error(confidences: npt.NDArray[np.float64], hits: npt.NDArray[np.bool_]) -> float:
    """How far confidence is from how often it is right, on average over ten bins; 0 is best.

    >>> calibration_error(np.array([0.75] * 4), np.array([True, True, True, False]))
    0.0
    """
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    gaps = [
        abs(confidences[places == place].mean() - hits[places == place].mean())
        * (places == place).mean()
        for place in np.unique(places)
    ]
    return float(sum(gaps))


def _figure(value: Callable[[npt.NDArray[np.intp]], float], count: int) -> Figure:
    """Bootstrapped, always with the same draws."""
    draws = np.random.default_rng(0).integers(0, count, (RESAMPLES, count))
    low, high = np.quantile([value(draw) for draw in draws], [0.025, 0.975])
    return Figure(value(np.arange(count)), float(low), float(high))
