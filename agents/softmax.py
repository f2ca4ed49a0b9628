"""Softmax regression: shares of classes from linear scores, near a prior where examples are few."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from agents.ridge import Rows

MOST_STEPS = 60  # of L-BFGS; what it still gains afterwards changes no answer
TOLERANCE = 1e-5


def shares_of(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Shares of the last axis that add up to 1.

    >>> shares_of(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: npt.NDArray[np.floating] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def fit_softmax(
    rows: Rows,
    owners: npt.NDArray[np.intp],
    classes: int,
    strength: float,
    *,
    given: Rows | None = None,
    prior: Rows | None = None,
) -> Rows:
    """Weights of shape (d, classes): `shares_of(row @ weights)` tells whose the row is.

    Args:
        rows: shape (n, d); n may be 0, then all weights are 0.
        owners: shape (n,), the class of each row.
        classes: how many there are, also those without rows.
        strength: above 0, the inverse of the L2 penalty. The larger, the more single rows count.
        given: shape (n,), how much each row counts; 1 by default.
        prior: shape (n, classes), scores that each row has before anything is learned.
    """
    count, dimensions = rows.shape
    if not count:
        return np.zeros((dimensions, classes), dtype=np.float32)
    wanted = np.eye(classes, dtype=np.float32)[owners]
    known = np.zeros_like(wanted) if prior is None else prior
    counts = np.ones(count, dtype=np.float32) if given is None else given

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights = flat.astype(np.float32).reshape(dimensions, classes)
        scores = rows @ weights + known
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        sums = raised.sum(axis=1, keepdims=True)
        surprise = counts @ (np.log(sums[:, 0]) - (scores * wanted).sum(axis=1))
        slope = rows.T @ ((raised / sums - wanted) * counts[:, None]) + weights / strength
        return float(surprise + (weights**2).sum() / (2 * strength)), slope.ravel().astype(float)

    with threadpool_limits(1, "blas"):  # on a busy machine threads make this fifty times slower
        found = minimize(
            loss,
            np.zeros(dimensions * classes),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": MOST_STEPS, "gtol": TOLERANCE},
        )
    weights: Rows = found.x.reshape(dimensions, classes).astype(np.float32)
    return weights
