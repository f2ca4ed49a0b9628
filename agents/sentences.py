"""The sentences of a text."""

import re

SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\d)[^.!?\n]+)*[.!?]?")


def sentences(text: str) -> list[str]:
    """The sentences of a text, without its line breaks."""
    return [found.group().strip() for found in SENTENCE.finditer(text) if found.group().strip()]
