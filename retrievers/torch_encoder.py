"""Any other model, run by sentence-transformers."""

import numpy as np

from retrievers.encoder import Vectors


class SentenceTransformerEncoder:
    """A folder or a name that sentence-transformers can open; `dimensions` is 0 until loaded."""

    retry_s: float | None = None
    patience_s: float | None = None

    def __init__(self, model: str) -> None:
        self.model = model
        self.dimensions = 0

    def load(self) -> None:
        """Raises OSError or ValueError, as sentence-transformers does, where there is no model."""
        from sentence_transformers import (  # noqa: PLC0415 torch: 3 s, only where it is needed
            SentenceTransformer,
        )

        self._transformer = SentenceTransformer(self.model)
        self.dimensions = self._transformer.get_embedding_dimension() or 0

    def encode(self, texts: list[str]) -> Vectors:
        rows = self._transformer.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)
