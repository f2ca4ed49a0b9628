"""An embedder without a model, for tests: same interface, no thread, no waiting."""

import re
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from data.errors import Unavailable
from retrievers.encoder import Vectors, refuse_surrogates

WORD = re.compile(r"\w+")


class HashEmbedder:
    """Texts that share words are similar, others nearly orthogonal; the same on every machine.

    With `failure` it behaves as an embedder whose model could not be loaded.
    """

    def __init__(self, dimensions: int = 384, failure: str | None = None) -> None:
        self.model = f"hash-{dimensions}"
        self.dimensions = dimensions
        self.failure = failure
        self.ready = failure is None
        self.failures: Mapping[str, int] = {}

    def start(self) -> None:
        """Nothing to load."""

    async def wait_ready(self, timeout_s: float | None = None) -> bool:
        return self.ready

    async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
        refuse_surrogates(texts)
        if not self.ready:
            raise Unavailable("the embedding model is not available")
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in WORD.findall(text.lower()) or [""]:
                row[zlib.crc32(word.encode()) % self.dimensions] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def close(self) -> None:
        self.ready = False
