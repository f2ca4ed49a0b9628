"""An answer made of a passage's own sentences. Pure functions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.phrases import phrase
from agents.words import words

KNOWLEDGE_THRESHOLD = 0.6  # of a passage's calibrated score, see spec G7

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
WORD = re.compile(r"[a-z0-9]+")
BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
ROW = re.compile(r"^\|.*\|$")
RULE = re.compile(r"^\|[\s:|-]+\|$")
MOST_CHARS = 600
MOST_SENTENCES = 4


def words_of(text: str) -> frozenset[str]:
    """The words that carry a meaning, lower case.

    >>> sorted(words_of("How do I reset the router?"))
    ['reset', 'router']
    """
    return frozenset(WORD.findall(text.lower())) - words("common")


def grounded_answer(passages: Sequence[Mapping[str, Any]] | None, question: str) -> str:
    """What the best passage says to the question, and its title; empty if none is good enough."""
    if not passages or passages[0]["score"] < KNOWLEDGE_THRESHOLD:
        return ""
    best = passages[0]
    return f"{answer_from(question, best['content'])}\n\n{phrase('sources', titles=best['title'])}"


def answer_from(question: str, content: str) -> str:
    """The stretch of a passage that answers best: its sentences from the closest one on.

    A run of neighbouring sentences reads better, and misleads less, than the best ones picked
    from all over. A list stays whole; of a table only the rows that fit are told.

    >>> answer_from("When do you ship?", "We sell phones. We ship on weekdays. It takes two days.")
    'We ship on weekdays. It takes two days.'
    """
    asked = words_of(question)
    blocks = list(_blocks(content, asked))
    if not blocks:
        return content.strip()[:MOST_CHARS]
    start = max(range(len(blocks)), key=lambda i: (_fit(asked, blocks[i]), -i))
    chosen = [blocks[start]]
    for block in blocks[start + 1 : start + MOST_SENTENCES]:
        if sum(map(len, chosen)) + len(block) > MOST_CHARS:
            break
        chosen.append(block)
    return _joined(chosen)


def _blocks(content: str, asked: frozenset[str]) -> Iterator[str]:
    """Sentences, whole lists and tables, in order; headings are dropped."""
    lines = [line.strip() for line in content.splitlines()]
    position = 0
    while position < len(lines):
        line = lines[position]
        kind = _kind(line)
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


def _told(rows: Sequence[str], asked: frozenset[str]) -> Iterator[str]:
    """A table's rows as list items, "- Standard: Cost $4.99, Time 3-5 days".

    Only the rows that share a word with the question, or all of them when none does.
    """
    cells = [[c.strip() for c in row.strip("|").split("|")] for row in rows if not RULE.match(row)]
    if len(cells) < 2:
        return
    head, *body = cells
    fitting = [row for row in body if asked & words_of(" ".join(row))] or body
    yield "\n".join(_row_told(head, row) for row in fitting)


def _row_told(head: Sequence[str], row: Sequence[str]) -> str:
    told = ", ".join(f"{h}: {c}" for h, c in zip(head[1:], row[1:], strict=False))
    return f"- {row[0]}, {told}"


def _fit(asked: frozenset[str], block: str) -> float:
    """The share of the question's words; long blocks hold more words, so only a little counts."""
    shared = asked & words_of(block)
    return len(shared)


def _joined(blocks: Sequence[str]) -> str:
    """Sentences as a paragraph, lists on lines of their own."""
    text = ""
    for block in blocks:
        separator = "\n" if BULLET.match(block) or BULLET.match(text.rpartition("\n")[2]) else " "
        text = f"{text}{separator}{block}" if text else block
    return text
