"""What was fitted to tell a customer's mood: weights in a small file, and where they came from."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.sentiment_wording import NAMES
from data.errors import Invalid

SHIPPED = Path(__file__).parent / "sentiment_head.json"
FITTED = "sentiment_head.json"  # in the data directory, where one was fitted there
GRADES = (-1.0, -0.5, 0.0, 0.5, 1.0)  # furious, negative, neutral, positive, delighted
FORMAT = 1
AGAIN = "fit it again with `switchboard train sentiment`"

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """`weights` has shape (d, grades), `bias` (grades,). `temperature` makes shares calibrated."""

    weights: Weights
    bias: Weights
    temperature: float


@dataclass(frozen=True, slots=True)
class Source:
    """What was fitted on: parameters may be passed on under that licence, the data stay away."""

    name: str
    messages: int
    sha256: str
    licence: str


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """`vectors` takes an embedding and the wording, `words` the wording alone."""

    embedding_model: str
    vectors: Layer
    words: Layer
    sources: tuple[Source, ...]


@cache
def shipped_head() -> Head:
    """The head that comes with Switchboard."""
    return read_head(SHIPPED)


def head_in(folder: Path) -> Head:
    """The head fitted on this installation, where there is one, else the one that was shipped.

    Raises:
        Invalid: the one fitted here cannot be used.
    """
    file = folder / FITTED
    return read_head(file) if file.is_file() else shipped_head()


def read_head(file: Path) -> Head:
    """A head from its file.

    Raises:
        Invalid: it is no head, or one for other signs than this version reads.
    """
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT or tuple(stored["signs"]) != NAMES:
            raise Invalid(str(file), f"was fitted for another version; {AGAIN}")
        head = Head(
            embedding_model=stored["embedding_model"],
            vectors=_layer(stored["vectors"]),
            words=_layer(stored["words"]),
            sources=tuple(Source(**source) for source in stored["sources"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(str(file), f"is not a sentiment head; {AGAIN}") from error
    shape = (len(NAMES), len(GRADES))
    if head.words.weights.shape != shape or head.vectors.weights.shape[1:] != shape[1:]:
        raise Invalid(str(file), f"has weights of another shape; {AGAIN}")
    return head


def write_head(head: Head, file: Path) -> None:
    """Store a head, all of it or nothing."""
    stored = {
        "format": FORMAT,
        "embedding_model": head.embedding_model,
        "sources": [
            {
                "name": source.name,
                "messages": source.messages,
                "sha256": source.sha256,
                "licence": source.licence,
            }
            for source in head.sources
        ],
        "signs": list(NAMES),
        "vectors": _stored(head.vectors),
        "words": _stored(head.words),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(file)


def _layer(stored: dict[str, Any]) -> Layer:
    return Layer(
        weights=np.array([row.split() for row in stored["weights"]], dtype=np.float32),
        bias=np.array(stored["bias"], dtype=np.float32),
        temperature=float(stored["temperature"]),
    )


def _stored(layer: Layer) -> dict[str, Any]:
    """A line of text a row: small, and a reader of a difference sees which sign moved."""
    return {
        "temperature": round(layer.temperature, 4),
        "bias": [round(float(value), 4) for value in layer.bias],
        "weights": [" ".join(f"{value:.4f}" for value in row) for row in layer.weights],
    }
