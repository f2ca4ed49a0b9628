"""What fitting leaves behind: linear layers in small files, and where they came from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """`weights` has shape (d, classes), `bias` (classes,). `temperature` makes shares calibrated."""

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
