"""Vectors on their way into and out of pgvector columns."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]  # shape (dimensions,), length 1
Vectors = npt.NDArray[np.float32]  # shape (n, dimensions)

HEADER_BYTES = 4  # of `vector_send`: number of dimensions and two unused bytes


def to_sql(vector: Vector) -> str:
    """As pgvector reads it, exact to the last bit; use it as `%s::vector`.

    >>> to_sql(np.array([0.5, -1.0], dtype=np.float32))
    '[0.5,-1.0]'
    """
    return f"[{','.join(map(repr, vector.tolist()))}]"


def from_sql(rows: Sequence[bytes], dimensions: int) -> Vectors:
    """What `vector_send(column)` gave for each row; no rows give shape (0, dimensions)."""
    numbers = b"".join(row[HEADER_BYTES:] for row in rows)
    return np.frombuffer(numbers, dtype=">f4").astype(np.float32).reshape(-1, dimensions)
