"""What was fitted to tell a customer's mood: weights in a small file, and where they came from."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from agents.fitted import Layer, Source, layer_from, layer_to, write_whole
from agents.sentiment_wording import NAMES
from data.errors import Invalid

SHIPPED = Path(__file__).parent / "sentiment_head.json"
FITTED = "sentiment_head.json"  # in the data directory, where one was fitted there
GRADES = (-1.0, -0.5, 0.0, 0.5, 1.0)  # furious, negative, neutral, positive, delighted
FORMAT = 1
AGAIN = "fit it again with `switchboard train sentiment`"


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
            vectors=layer_from(stored["vectors"]),
            words=layer_from(stored["words"]),
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
        "sources": [asdict(source) for source in head.sources],
        "signs": list(NAMES),
        "vectors": layer_to(head.vectors),
        "words": layer_to(head.words),
    }
    write_whole(stored, file)
