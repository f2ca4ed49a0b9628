"""What was fitted to tell whose a message is, for companies with few examples of their own."""

import json
import logging
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from agents.fitted import Layer, Source, Weights, layer_from, layer_to, write_whole
from agents.softmax import shares_of
from agents.word_model import WordModel
from data.errors import Invalid
from data.vectors import Vector
from tools.intents import ROUTES

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "route_head.json"
FITTED = "route_head.json"  # in the data directory, where one was fitted there
HANDOFF = "handoff"
OUT_OF_SCOPE = "out_of_scope"
FORMAT = 1
LEAST = 1e-6  # a share below it is as good as none
AGAIN = "fit it again with `switchboard train intent`"


@dataclass(frozen=True, slots=True, eq=False)
class RouteHead:
    """`routes` has a class for each of ROUTES, `scope` one: how little it is a company's matter.

    `threshold` is the share of `outside` from which a message is nobody's. `words` serves while
    there are no vectors.
    """

    embedding_model: str
    routes: Layer
    scope: Layer
    threshold: float
    words: WordModel
    sources: tuple[Source, ...]

    def shares(self, vectors: Weights) -> Weights:
        """Logarithms of the shares of ROUTES, for each row."""
        shares: Weights = np.log(shares_of(self.routes.scores(vectors)) + LEAST).astype(np.float32)
        return shares

    def outside(self, vector: Vector) -> float:
        """The logit of being nobody's matter."""
        return float(self.scope.scores(vector)[0])


@cache
def shipped_head() -> RouteHead:
    """The head that comes with Switchboard."""
    return read_head(SHIPPED)


def head_in(folder: Path, embedding_model: str) -> RouteHead | None:
    """The head fitted on this installation, else the shipped one, else none that fits the model.

    Raises:
        Invalid: the one fitted here cannot be used.
    """
    file = folder / FITTED
    if file.is_file():
        return for_model(read_head(file), embedding_model, str(file))
    head = shipped_head()
    if head.embedding_model == embedding_model:
        return head
    logger.warning("no_route_head", extra={"reason": other_model(head, embedding_model)})
    return None


def for_model(head: RouteHead, embedding_model: str, where: str) -> RouteHead:
    """The head itself.

    Raises:
        Invalid: it was fitted on vectors of another model, so its answers would be noise.
    """
    if head.embedding_model != embedding_model:
        raise Invalid(where, other_model(head, embedding_model))
    return head


def other_model(head: RouteHead, embedding_model: str) -> str:
    return f"was fitted for {head.embedding_model}, not for {embedding_model}; {AGAIN}"


def read_head(file: Path) -> RouteHead:
    """A head from its file.

    Raises:
        Invalid: it is no head, or one for other routes than this version has.
    """
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT or tuple(stored["routes"]) != ROUTES:
            raise Invalid(str(file), f"was fitted for another version; {AGAIN}")
        head = RouteHead(
            embedding_model=stored["embedding_model"],
            routes=layer_from(stored["route_layer"]),
            scope=layer_from(stored["scope_layer"]),
            threshold=float(stored["threshold"]),
            words=_words_from(stored["words"]),
            sources=tuple(Source(**source) for source in stored["sources"]),
        )
        shapes = (head.routes.weights.shape[1], head.scope.weights.shape[1], len(head.words.rarity))
        rows = (len(head.routes.weights), len(head.words.weights))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Invalid(str(file), f"is not a route head; {AGAIN}") from error
    if shapes[:2] != (len(ROUTES), 1) or rows != (len(head.scope.weights), shapes[2]):
        raise Invalid(str(file), f"has weights of another shape; {AGAIN}")
    return head


def write_head(head: RouteHead, file: Path) -> None:
    """Store a head, all of it or nothing."""
    stored = {
        "format": FORMAT,
        "embedding_model": head.embedding_model,
        "sources": [asdict(source) for source in head.sources],
        "routes": list(ROUTES),
        "threshold": round(head.threshold, 4),
        "route_layer": layer_to(head.routes),
        "scope_layer": layer_to(head.scope),
        "words": _words_to(head.words),
    }
    write_whole(stored, file)


def _words_from(stored: dict[str, str]) -> WordModel:
    rows = np.array([line.split() for line in stored.values()], dtype=np.float32)
    vocabulary = {word: place for place, word in enumerate(stored)}
    rows = rows.reshape(len(vocabulary), 1 + len(ROUTES))
    return WordModel(vocabulary, rows[:, 0], rows[:, 1:])


def _words_to(words: WordModel) -> dict[str, str]:
    """A line a word: its rarity, then its weights."""
    rows = np.column_stack([words.rarity, words.weights])
    return {
        word: " ".join(f"{value:.3f}" for value in rows[place])
        for word, place in words.vocabulary.items()
    }
