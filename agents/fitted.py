"""What fitting leaves behind: linear layers in small files, and where they came from."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from data.errors import Invalid
from retrievers.embed import Embedder

BATCH = 64  # messages embedded between two reports

Weights = npt.NDArray[np.float32]
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """`weights` has shape (d, classes), `bias` (classes,); `temperature` makes shares honest."""

    weights: Weights
    bias: Weights
    temperature: float

    def scores(self, vector: Weights) -> Weights:
        """One a class, divided by the temperature."""
        scores: Weights = (vector @ self.weights + self.bias) / self.temperature
        return scores


@dataclass(frozen=True, slots=True)
class Source:
    """What was fitted on: parameters may be passed on under that licence, the data stay away."""

    name: str
    messages: int
    sha256: str
    licence: str


class Texts(Protocol):
    """Messages of one source."""

    @property
    def source(self) -> Source: ...

    @property
    def texts(self) -> Sequence[str]: ...


def files_in(places: Sequence[Path]) -> list[Path]:
    """The files named, and the .jsonl files of the folders named.

    Raises:
        Invalid: a folder has none.
    """
    found: list[Path] = []
    for place in places:
        files = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
        if not files:
            raise Invalid(str(place), "has no .jsonl file")
        found += files
    return found


async def embed_examples(
    sources: Sequence[Texts], embedder: Embedder, report: Report
) -> list[Weights]:
    """For each source, a row for each of its messages.

    Raises:
        Unavailable: there is no embedding model.
    """
    embedded = []
    for each in sources:
        rows = []
        for start in range(0, len(each.texts), BATCH):
            rows.append(await embedder.embed(each.texts[start : start + BATCH]))
            report(f"reading {each.source.name}", start + len(rows[-1]), len(each.texts))
        embedded.append(np.concatenate(rows))
    return embedded


def layer_from(stored: Mapping[str, Any]) -> Layer:
    """A layer as `layer_to` stored it.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    return Layer(
        weights=np.array([row.split() for row in stored["weights"]], dtype=np.float32),
        bias=np.array(stored["bias"], dtype=np.float32),
        temperature=float(stored["temperature"]),
    )


def layer_to(layer: Layer) -> dict[str, Any]:
    """A line of text a row: small, and a reader of a difference sees which sign moved."""
    return {
        "temperature": round(layer.temperature, 4),
        "bias": [round(float(value), 4) for value in layer.bias],
        "weights": [" ".join(f"{value:.4f}" for value in row) for row in layer.weights],
    }


def write_whole(content: Mapping[str, Any], file: Path) -> None:
    """Store what was fitted as JSON, all of it or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(file)
