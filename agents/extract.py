"""An answer made of a section's own sentences, and the words compared for it. Pure functions."""

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache

from agents.words import same, words

FEWEST_LETTERS = 5  # of a word that may be misspelt
ALIKE = 0.8  # of a misspelt word and the one that was meant, as `difflib` counts

MOST_CHARS = 600
MOST_SENTENCES = 4

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
WORD = re.compile(r"[a-z0-9]+")
BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
ROW = re.compile(r"^\|.*\|$")
RULE = re.compile(r"^\|[\s:|-]+\|$")
ENDING = re.compile(r"(?:ies|ing|ed|es|(?<!s)s|e)$")


def words_of(text: str) -> frozenset[str]:
    """The words that carry a meaning, lower case.

    >>> sorted(words_of("How do I reset the router?"))
    ['reset', 'router']
    """
    return frozenset(WORD.findall(text.lower())) - words("common")


def stems_of(text: str) -> frozenset[str]:
    """The same without their endings, so that "returned" is found by "returning".

    >>> sorted(stems_of("returning deliveries"))
    ['deliver', 'return']
    """
    return frozenset(stem(word) for word in words_of(text))


def stem(word: str) -> str:
    """Roughly, and of words that are said for one another the same; at least three letters.

    >>> stem("deliveries"), stem("prices"), stem("costs")
    ('deliver', 'cost', 'cost')
    """
    return _same().get(short := _cut(word), short)


def _cut(word: str) -> str:
    if len(word) > 3 and word.endswith("y"):
        return word[:-1]
    short = ENDING.sub("", word)
    return short if len(short) >= 3 else word


@cache
def _same() -> dict[str, str]:
    return {_cut(word): _cut(first) for word, first in same().items()}


def meant(word: str, known: Collection[str]) -> str:
    """The known word that one is a misspelling of; itself where it is none.

    >>> meant("hedphon", {"headphon", "phon", "router"}), meant("telephon", {"headphon"})
    ('headphon', 'telephon')
    """
    if word in known or len(word) < FEWEST_LETTERS or not word.isalpha():
        return word
    return next(iter(difflib.get_close_matches(word, known, 1, ALIKE)), word)


def answer_from(question: str, content: str, before: str = "") -> str:
    r"""A section as an answer: all of it if it is short, else from its closest sentence on.

    A list stays whole; of a table only the rows that fit are told, the question or what was asked
    `before` it.

    >>> answer_from("When do you ship?", "We ship on weekdays.\n\n- by post\n- by drone")
    'We ship on weekdays.\n- by post\n- by drone'
    """
    asked = stems_of(question)
    blocks = list(_blocks(content, (asked, stems_of(before))))
    if not blocks:
        return content.strip()[:MOST_CHARS]
    if sum(map(len, blocks)) <= MOST_CHARS:
        return _joined(blocks)
    start = max(range(len(blocks)), key=lambda i: (len(asked & stems_of(blocks[i])), -i))
    chosen = [blocks[start]]
    for block in blocks[start + 1 : start + MOST_SENTENCES]:
        if sum(map(len, chosen)) + len(block) > MOST_CHARS:
            break
        chosen.append(block)
    return _joined(chosen)


def _blocks(content: str, asked: Sequence[frozenset[str]]) -> Iterator[str]:
    """Sentences, whole lists and tables, in order; headings are dropped."""
    lines = [line.strip() for line in content.splitlines()]
    position = 0
    while position < len(lines):
        kind = _kind(lines[position])
        end = position + 1
        while kind and end < len(lines) and _kind(lines[end]) == kind:
            end += 1
        if kind == "list":
            yield "\n".join(lines[position:end])
        elif kind == "table":
            yield from _told(lines[position:end], asked)
        elif kind == "prose":
            yield from filter(None, SENTENCE.split(" ".join(lines[position:end])))
        position = end


def _kind(line: str) -> str:
    if not line or line.startswith("#"):
        return ""
    if ROW.match(line):
        return "table"
    return "list" if BULLET.match(line) else "prose"


def _told(rows: Sequence[str], asked: Sequence[frozenset[str]]) -> Iterator[str]:
    """A table's rows as list items, "- Standard, Cost: $4.99, Time: 3-5 days".

    Only the rows that share most words with the question, else with the one before it, or all of
    them when none does.
    """
    cells = [[c.strip() for c in row.strip("|").split("|")] for row in rows if not RULE.match(row)]
    if len(cells) < 2:
        return
    head, *body = cells
    columns = stems_of(" ".join(head))  # they tell what is asked of a row, and not of which
    chosen = (_fitting(body, words_asked - columns) for words_asked in asked)
    fitting = next(filter(None, chosen), body)
    yield "\n".join(_row_told(head, row) for row in fitting)


def _fitting(rows: Sequence[list[str]], asked: frozenset[str]) -> list[list[str]]:
    common = [len(asked & stems_of(" ".join(row))) for row in rows]
    best = max(common, default=0)
    return [row for row, n in zip(rows, common, strict=True) if n == best] if best else []


def _row_told(head: Sequence[str], row: Sequence[str]) -> str:
    told = ", ".join(f"{h}: {c}" for h, c in zip(head[1:], row[1:], strict=False))
    return f"- {row[0]}, {told}"


def _joined(blocks: Sequence[str]) -> str:
    """Sentences as a paragraph, lists on lines of their own."""
    text = ""
    for block in blocks:
        beside_a_list = BULLET.match(block) or BULLET.match(text.rpartition("\n")[2])
        text = f"{text}{chr(10) if beside_a_list else ' '}{block}" if text else block
    return text
