"""What turns texts into vectors, on the thread that calls it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from data.errors import Invalid

Vectors = npt.NDArray[np.float32]


class EncoderFailed(Exception):
    """A model that is asked and gives no vectors.

    `reason` is one word, for counting; the text says it to operators. `gone`: the next text would
    fail the same way.
    """

    def __init__(self, reason: str, why: str, *, gone: bool) -> None:
        super().__init__(why)
        self.reason = reason
        self.gone = gone


class Encoder(Protocol):
    """A sentence model. One thread at a time uses it; `load` comes first."""

    model: str
    """The name an index is labelled with: vectors of two models cannot be compared."""
    dimensions: int
    """Columns of every vector; 0 where only the loaded model knows."""
    retry_s: float | None
    """How long after a failure loading is worth another try; None: it will fail the same way."""

    patience_s: float | None
    """How long a customer waits for a vector; None: as long as it takes, on this machine."""

    def load(self) -> None:
        """Open the model. Slow; whatever it raises means that there is no model."""

    def encode(self, texts: list[str]) -> Vectors:
        """One row of length 1 for each text."""


def refuse_surrogates(texts: Sequence[str]) -> None:
    """Before queueing, because a text the tokenizer cannot read would fail its whole batch."""
    for position, text in enumerate(texts):
        if text.isascii():
            continue
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise Invalid(f"texts[{position}]", "half of a surrogate pair, no letter") from error
