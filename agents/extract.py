"""An answer made of the knowledge base's own sentences. Pure functions.

One section answers: the passages found are cut at their headings, and the section is taken whose
heading and words fit the question best among those near enough in meaning. Stretches picked from
all over would mislead.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.phrases import phrase
from agents.words import words
from tools.gaps import KNOWLEDGE_THRESHOLD

# How much of a passage's score the words of a section can make up for. On the 78 questions of
# tests/agents/questions.yaml meaning alone takes a section that answers for 45, with this for 57;
# between 0.2 and 0.8 it hardly matters.
WORDS_WEIGHT = 0.4
BODY_WEIGHT = 0.7  # of a word that stands in the text, where one in the heading counts 1

MOST_CHARS = 600
MOST_SENTENCES = 4

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
WORD = re.compile(r"[a-z0-9]+")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
HEADING_PATH = " › "
BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
ROW = re.compile(r"^\|.*\|$")
RULE = re.compile(r"^\|[\s:|-]+\|$")
ENDING = re.compile(r"(?:ies|ing|ed|es|s|e)$")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a passage under one heading; `score` is the passage's."""

    title: str
    heading: str
    body: str
    score: float


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
    """Roughly; a word keeps at least three letters."""
    if len(word) > 3 and word.endswith("y"):
        return word[:-1]
    short = ENDING.sub("", word)
    return short if len(short) >= 3 else word


def grounded_answer(passages: Sequence[Mapping[str, Any]] | None, question: str) -> str:
    """What the passages that are good enough say to the question, and where; empty if none is."""
    sections = [
        section
        for passage in passages or ()
        if passage["score"] >= KNOWLEDGE_THRESHOLD
        for section in sections_of(passage)
    ]
    if not sections:
        return ""
    best = closest(sections, question)
    return f"{answer_from(question, best.body)}\n\n{phrase('sources', titles=best.title)}"


def sections_of(passage: Mapping[str, Any]) -> Iterator[Section]:
    """The passage, cut at the headings inside it."""
    title, score = str(passage["title"]), float(passage["score"])
    heading = str(passage.get("heading") or title).rpartition(HEADING_PATH)[2]
    first, *others = HEADING.split(str(passage["content"]))
    for name, body in ((heading, first), *zip(others[::2], others[1::2], strict=True)):
        if body.strip():
            yield Section(title, name, body.strip(), score)


def closest(sections: Sequence[Section], question: str) -> Section:
    """The section nearest to the question by meaning and words; the first one wins a tie.

    Words that stand in every section tell nothing and weigh little.
    """
    heads = [stems_of(section.heading) for section in sections]
    bodies = [stems_of(section.body) for section in sections]
    both = [head | body for head, body in zip(heads, bodies, strict=True)]
    holding = {word: sum(word in found for found in both) for word in stems_of(question)}
    weights = {word: math.log(1 + len(both) / n) for word, n in holding.items() if n}
    total = sum(weights.values()) or 1.0

    def nearness(position: int) -> float:
        head, body = heads[position], bodies[position]
        found = sum(
            weight * (1.0 if word in head else BODY_WEIGHT if word in body else 0.0)
            for word, weight in weights.items()
        )
        return sections[position].score + WORDS_WEIGHT * found / total

    return sections[max(range(len(sections)), key=lambda i: (nearness(i), -i))]


def answer_from(question: str, content: str) -> str:
    r"""A section as an answer: all of it if it is short, else from its closest sentence on.

    A list stays whole; of a table only the rows that fit are told.

    >>> answer_from("When do you ship?", "We ship on weekdays.\n\n- by post\n- by drone")
    'We ship on weekdays.\n- by post\n- by drone'
    """
    asked = stems_of(question)
    blocks = list(_blocks(content, asked))
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


def _blocks(content: str, asked: frozenset[str]) -> Iterator[str]:
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


def _told(rows: Sequence[str], asked: frozenset[str]) -> Iterator[str]:
    """A table's rows as list items, "- Standard, Cost: $4.99, Time: 3-5 days".

    Only the rows that share a word with the question, or all of them when none does.
    """
    cells = [[c.strip() for c in row.strip("|").split("|")] for row in rows if not RULE.match(row)]
    if len(cells) < 2:
        return
    head, *body = cells
    fitting = [row for row in body if asked & stems_of(" ".join(row))] or body
    yield "\n".join(_row_told(head, row) for row in fitting)


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
