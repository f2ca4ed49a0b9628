"""The fixed sentences, in one editable file."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "phrases.yaml"
UNKNOWN_TONE = "professional"


@cache
def _phrases() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


def phrase(name: str, tone: str = "", **fields: object) -> str:
    """A sentence by its dotted name, such as `handoff.data_gap`.

    Args:
        name: its place in the file.
        tone: the conversation's; an unknown one speaks professionally, as in `agents.tones`.
        fields: what stands in the sentence's braces.

    Raises:
        KeyError: there is no such sentence.
    """
    found: Any = _phrases()
    for part in name.split("."):
        found = found[part]
    if isinstance(found, dict):
        found = found.get(tone, found[UNKNOWN_TONE])
    return str(found).format(**fields)


def handoff_text(reason: str, ahead: int, wait: str | None, tone: str = "") -> str:
    """What the customer is told when people take over.

    Args:
        reason: why, the strongest.
        ahead: how many conversations come first.
        wait: how long most people have waited lately, in words; None: nobody can say.
        tone: the conversation's.
    """
    place = {0: phrase("waiting.first"), 1: phrase("waiting.one")}.get(
        ahead, phrase("waiting.queued", ahead=ahead)
    )
    how_long = phrase("waiting.lately", wait=wait) if wait else phrase("waiting.unknown")
    return " ".join((phrase(f"handoff.{reason}", tone), place, how_long, phrase("waiting.write")))
