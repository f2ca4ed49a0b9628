"""Where sentences end."""

import re

# What looks like an end and is none: initials, and abbreviations that go on.
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "no", "nos", "vs", "etc", "e.g", "i.e", "approx", "fig"}
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
    | {"art", "par", "inc", "ltd", "co", "dept", "est", "min", "max"}
)
_END = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s)|[。！？]+|\n\s*\n")
_LAST_WORD = re.compile(r"([\w.]*)$")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, stripped, in order; together they hold all its words.

    >>> split_sentences('Costs are $4.99, e.g. for cases. Ask Mr. Lee! "Really?" Yes.')
    ['Costs are $4.99, e.g. for cases.', 'Ask Mr. Lee!', '"Really?"', 'Yes.']
    """
    sentences, start = [], 0
    for end in _END.finditer(text):
        if _goes_on(text[start : end.start()], end.group(), text[end.end() :][:2]):
            continue
        sentences.append(text[start : end.end()].strip())
        start = end.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _goes_on(before: str, end: str, after: str) -> bool:
    """Whether a single full stop belongs to its word, or what follows is lower case."""
    if not end.startswith(".") or end.startswith(".."):
        return False
    if after.strip()[:1].islower():
        return True
    last = _LAST_WORD.search(before[-40:])
    word = last.group(1).lower() if last else ""
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())
