"""Vectors of labelled messages, kept in the data directory: a second run need not embed again."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agents.fitted import Report, Texts, Weights, embed_examples
from retrievers.embed import Embedder

logger = logging.getLogger(__name__)

FOLDER = "evals/vectors"


async def vectors_of(
    sources: Sequence[Texts], embedder: Embedder, data_dir: Path, report: Report
) -> list[Weights]:
    """For each source, a row for each of its messages: as they were kept, or embedded now.

    Raises:
        Unavailable: there is no embedding model.
    """
    return [await _vectors(each, embedder, data_dir / FOLDER, report) for each in sources]


async def _vectors(source: Texts, embedder: Embedder, folder: Path, report: Report) -> Weights:
    file = folder / f"{_name(source, embedder.model)}.npy"
    kept = _read(file)
    if kept is not None and len(kept) == len(source.texts):
        return kept
    (rows,) = await embed_examples([source], embedder, report)
    _keep(rows, file)
    return rows


def _keep(rows: Weights, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part.npy")
    np.save(unfinished, rows)
    unfinished.replace(file)


def _name(source: Texts, model: str) -> str:
    """Differs where any text or the model does."""
    return hashlib.sha256("\0".join([model, *source.texts]).encode()).hexdigest()[:32]


def _read(file: Path) -> Weights | None:
    try:
        rows: Weights = np.load(file, allow_pickle=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        logger.warning("eval_vectors_unreadable", extra={"file": str(file)})
        return None
    return rows
