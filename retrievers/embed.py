"""Texts to vectors: the interface everybody uses, and the choice of what stands behind it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from retrievers.batching import BatchingEmbedder
from retrievers.encoder import Encoder, Vectors
from retrievers.endpoint_encoder import Endpoint, EndpointEncoder
from retrievers.onnx_encoder import OnnxEncoder
from retrievers.onnx_export import MODEL, export_model
from retrievers.torch_encoder import SentenceTransformerEncoder

__all__ = [
    "DEFAULT_MODEL",
    "Embedder",
    "Endpoint",
    "Vectors",
    "export_model",
    "open_embedder",
]

DEFAULT_MODEL = MODEL
PROVIDERS = ("local", "openai")


class Embedder(Protocol):
    """Turns texts into vectors that are near each other when their meanings are."""

    @property
    def model(self) -> str:
        """The name to label an index with: vectors of two models cannot be compared."""

    @property
    def dimensions(self) -> int:
        """Columns of every vector; may be 0 until `ready`."""

    @property
    def ready(self) -> bool:
        """Whether `embed` would answer now. If not, use keywords or wait."""

    @property
    def failure(self) -> str | None:
        """A sentence for operators when there is no model, or it is left alone; else None."""

    @property
    def failures(self) -> Mapping[str, int]:
        """How often it gave no vectors, by reason: one word each."""

    def start(self) -> None:
        """Begin loading in the background and return at once."""

    async def wait_ready(self, timeout_s: float | None = None) -> bool:
        """Wait for the model, at most so long; whether it is ready."""

    async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
        """One row of length 1 for each text, in order. Few texts go before many.

        Few are taken for a customer's, who does not wait long for a slow endpoint, and not at all
        for one that failed lately; unless `patient`, as whoever brings a document is.

        Raises:
            Invalid: a text is not valid Unicode.
            Unavailable: there is no model, or it failed.
        """

    def close(self) -> None:
        """Let go of the model; whoever still waits gets Unavailable."""


def open_embedder(
    provider: str, model: str, data_dir: Path, endpoint: Endpoint | None = None
) -> Embedder:
    """The embedder the settings ask for. Nothing is loaded before its `start`.

    `model` is all-MiniLM-L6-v2, or a folder or name that sentence-transformers can open; with the
    provider openai, one that the endpoint knows.

    Raises:
        ValueError: the provider is unknown, or no model is named.
    """
    if provider not in PROVIDERS:
        allowed = ", ".join(PROVIDERS)
        raise ValueError(f"EMBEDDING_PROVIDER {provider!r} is unknown; allowed: {allowed}")
    if not model.strip():
        raise ValueError(f"EMBEDDING_MODEL is empty; the default is {DEFAULT_MODEL}")
    if provider == "openai":
        return BatchingEmbedder(EndpointEncoder(model.strip(), endpoint or Endpoint()))
    return BatchingEmbedder(_encoder(model.strip(), data_dir))


def _encoder(model: str, data_dir: Path) -> Encoder:
    if model.removeprefix("sentence-transformers/") == DEFAULT_MODEL:
        return OnnxEncoder(data_dir)
    return SentenceTransformerEncoder(model)
