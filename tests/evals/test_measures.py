import numpy as np
import pytest

from evals.measures import Told, calibration_error, measure

LABELS = ("bad", "fine")


def test_figures_lie_within_their_intervals() -> None:
    told = [Told("bad", "bad", 0.9)] * 8 + [Told("fine", "bad", 0.6)] * 2
    found = measure(told, LABELS)
    assert found.count == 10
    assert found.accuracy.value == 0.8
    assert found.macro_f1.value == pytest.approx((2 * 8 / 18) / 2)
    assert found.confusion == ((8, 0), (2, 0))
    for figure in (found.accuracy, found.macro_f1, found.calibration_error):
        assert figure.low <= figure.value <= figure.high
    assert found.accuracy.low < 0.7
    assert str(found.accuracy).startswith("0.800 [")


def test_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    sure, hits = np.array([0.5, 0.5, 1.0, 1.0]), np.array([True, False, True, True])
    assert calibration_error(sure, hits) == 0
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, False])) == 0.5


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="nothing"):
        measure([], LABELS)
