"""Lists of words, in one editable file."""

from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "words.yaml"


@cache
def same() -> dict[str, str]:
    """Words that are said for one another, each with the one that it counts as."""
    lists: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    groups = [group.split() for group in lists["same"].split("/")]
    return {word: first for first, *others in groups for word in others}


@cache
def words(name: str) -> frozenset[str]:
    """A list by its name, such as `common`.

    Raises:
        KeyError: there is no such list.
    """
    lists: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return frozenset(lists[name].split())
