"""What an answer may rest on, read apart: articles, and what the company's own people wrote."""

import json
from collections.abc import Iterator
from typing import Any

from agents.sentences import sentences

CUSTOMERS_WORDS = frozenset({"subject", "description", "details", "wished_for", "note", "text"})
"""Fields of records in which a customer's own words may stand."""


def is_refusal(content: str, why: str = "") -> bool:
    """Whether a tool answers so that it did nothing, for that reason if one is named.

    >>> is_refusal('{"refused": "conflict"}'), is_refusal('{"refused": "conflict"}', "invalid")
    (True, False)
    """
    return content.startswith(f'{{"refused": "{why}"' if why else '{"refused"')


def written_in(source: str) -> Iterator[str]:
    """What the company's own people and tools wrote: not what customers did, in a ticket's text."""
    try:
        value = json.loads(source)
    except ValueError:
        value = source
    return (sentence for text in _texts(value) for sentence in sentences(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in CUSTOMERS_WORDS:
                yield from _texts(each)


def passages_in(source: str) -> list[str]:
    """The articles' words in what a search found; of anything else nothing."""
    try:
        value = json.loads(source)
    except ValueError:
        return []
    rows = value if isinstance(value, list) else []
    found = [row.get("content") for row in rows if isinstance(row, dict)]
    return [content for content in found if isinstance(content, str)]
