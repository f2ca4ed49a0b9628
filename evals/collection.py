"""A collection to measure retrieval on: documents, and questions whose document is known.

A folder with `docs.jsonl`, `{"id", "title", "text"}`, and `queries.jsonl`, `{"id", "query",
"relevant": [ids], "history"?: [["U"|"S", text]], "note"?}`.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import Invalid
from retrievers.chunk import Format
from retrievers.ingest import Upload

AGENT = "S"  # who speaks in a history; the customer is U
UNTITLED = "WITHOUT the title"  # in a note: the titles are the questions


@dataclass(frozen=True, slots=True)
class Question:
    """`earlier` is what the agent said before it, if anything. `held_out`: not to choose on."""

    text: str
    earlier: str
    relevant: frozenset[str]
    held_out: bool


@dataclass(frozen=True, slots=True)
class Collection:
    name: str
    uploads: tuple[Upload, ...]
    questions: tuple[Question, ...]


def read_collections(folder: Path) -> list[Collection]:
    """Every collection below a folder, or the one that it is.

    Raises:
        Invalid: there is none, or a line is not of this form; the message says which.
    """
    places = sorted(path.parent for path in folder.glob("**/queries.jsonl"))
    if not places:
        raise Invalid(str(folder), "holds no folder with docs.jsonl and queries.jsonl")
    return [_read(place) for place in places]


def _read(place: Path) -> Collection:
    questions = list(_lines(place / "queries.jsonl"))
    untitled = any(UNTITLED in each.get("note", "") for each in questions)
    form: Format = "markdown" if untitled else "text"
    try:
        return Collection(
            name=place.name,
            uploads=tuple(
                Upload(each["id"], "" if untitled else each["title"], each["text"], form)
                for each in _lines(place / "docs.jsonl")
            ),
            questions=tuple(map(_question, questions)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(str(place), f"a line is not of the form that is needed: {error!r}") from error


def _question(line: dict[str, Any]) -> Question:
    said = [text for speaker, text in line.get("history", []) if speaker == AGENT]
    return Question(
        text=line["query"],
        earlier=said[-1] if said else "",
        relevant=frozenset(line["relevant"]),
        held_out=zlib.crc32(line["id"].encode()) % 2 == 1,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield json.loads(line)
                except ValueError:
                    raise Invalid(f"{path.name}:{number}", "is no JSON") from None
    except FileNotFoundError:
        raise Invalid(str(path), "the file is missing") from None
