"""Ridge regression in closed form: one linear score a class, fitted in milliseconds."""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]


def fit(rows: Rows, owners: npt.NDArray[np.intp], classes: int, penalty: float) -> Rows:
    """Weights of shape (d, classes), so that `row @ weights` is near 1 for the row's class.

    Args:
        rows: shape (n, d), about length 1; n may be 0, then all weights are 0.
        owners: shape (n,), the class of each row, 0..classes-1.
        classes: how many there are, also those without rows.
        penalty: above 0. The larger, the less single rows count.
    """
    wanted = np.eye(classes, dtype=np.float32)[owners]
    gram = rows.T @ rows + penalty * np.eye(rows.shape[1], dtype=np.float32)
    weights: Rows = np.linalg.solve(gram, rows.T @ wanted).astype(np.float32)
    return weights
