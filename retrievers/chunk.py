"""Documents cut into passages: what a search finds and an answer is made of."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from data.errors import Invalid, TooLarge
from data.texts import is_blank
from retrievers.blocks import LINE, PARAGRAPH, Block, html_blocks, markdown_blocks, text_blocks
from retrievers.sentences import split_sentences

Format = Literal["markdown", "text", "html"]

# In words. The default model reads 256 tokens, which about 180 words and their headings fill. A
# section is a passage of its own unless it is a fragment: on 40 questions about the demo tenant's
# articles the right one came first for 35, but for 31 where sections were joined up to 120 words.
FEWEST_WORDS = 40
MOST_WORDS = 180
LETTERS_PER_WORD = 8  # counted where there are no spaces: other scripts, long codes

HEADING_JOIN = " › "

MOST_CHARS = 1_000_000  # of a document, about 400 pages; more should come in parts

MOST_CONTROL_SHARE = 0.01  # of control characters; more means that it is no text

_READERS = {"markdown": markdown_blocks, "text": text_blocks, "html": html_blocks}


@dataclass(frozen=True, slots=True)
class Chunk:
    """`headings` are those all of it stands under; headings in between are part of `content`."""

    headings: tuple[str, ...]
    content: str


def chunk(content: str | bytes, form: Format) -> list[Chunk]:
    r"""Cut a document into passages of about FEWEST_WORDS to MOST_WORDS words.

    No sentence is cut, unless it alone is longer than a passage. The last one may be short.

    >>> chunk("# Fees\n\nNone.\n\n## Late\n\nFive dollars.", "markdown")
    [Chunk(headings=('Fees',), content='None.\n\n### Late\n\nFive dollars.')]

    Raises:
        Invalid: `content` is empty, binary or not UTF-8; `format` is unknown.
        TooLarge: `content` has more than MOST_CHARS.
    """
    if form not in get_args(Format):
        raise Invalid("format", f"must be one of {', '.join(get_args(Format))}")
    blocks = _READERS[form](readable(content))
    if not blocks:
        raise Invalid("content", "has no text")
    return list(_pack([piece for block in blocks for piece in _bounded(block)]))


def readable(content: str | bytes) -> str:
    """The content as text, with line ends of one kind.

    Raises:
        Invalid: it is empty, binary or not UTF-8.
        TooLarge: it has more than MOST_CHARS.
    """
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise Invalid("content", f"line {line} is not UTF-8; save it as UTF-8") from error
    if len(content) > MOST_CHARS:
        raise TooLarge(f"content: more than {MOST_CHARS:,} characters; upload it in parts")
    if is_blank(content):
        raise Invalid("content", "is empty; it needs some text")
    if any("\ud800" <= c <= "\udfff" for c in content):
        raise Invalid("content", "holds half of a surrogate pair, no letter")
    control = sum(unicodedata.category(c) == "Cc" and not c.isspace() for c in content)
    if "\0" in content or control > MOST_CONTROL_SHARE * len(content):
        raise Invalid("content", "is binary, not text; upload Markdown, plain text, HTML or PDF")
    return content.replace("\r\n", "\n").replace("\r", "\n")


def count_words(text: str) -> int:
    """How much room a text takes, in words.

    >>> count_words("two words"), count_words("x" * 80)
    (2, 10)
    """
    return max(len(text.split()), len(text) // LETTERS_PER_WORD)


def _bounded(block: Block) -> Iterator[Block]:
    """The block, or its sentences where it is longer than a passage."""
    room = MOST_WORDS - count_words(block.lead)
    if count_words(block.text) <= room:
        yield block
        return
    gap = block.gap
    for sentence in split_sentences(block.text):
        for piece in _slices(sentence, max(room, MOST_WORDS // 2)):
            yield replace(block, text=piece, gap=gap)
            gap = " "


def _slices(sentence: str, room: int) -> Iterator[str]:
    """The sentence, cut between words (or inside an endless one) only if it has to be."""
    if count_words(sentence) <= room:
        yield sentence
        return
    letters = room * LETTERS_PER_WORD
    current: list[str] = []
    size = 0
    for word in sentence.split():
        for start in range(0, len(word), letters):
            part = word[start : start + letters]
            if current and (len(current) == room or size + len(part) >= letters):
                yield " ".join(current)
                current, size = [], 0
            current.append(part)
            size += len(part) + 1
    yield " ".join(current)


def _pack(blocks: Sequence[Block]) -> Iterator[Chunk]:
    """Fill passages in order; a new section begins a new one if the one before is long enough."""
    current: list[Block] = []
    size = 0
    for block in blocks:
        words = count_words(block.text)
        new_section = bool(current) and block.headings != current[-1].headings
        if current and (size + words > MOST_WORDS or (new_section and size >= FEWEST_WORDS)):
            yield _join(current)
            current, size = [], 0
        current.append(block)
        size += words
    yield _join(current)


def _join(blocks: Sequence[Block]) -> Chunk:
    shared = _shared_path([block.headings for block in blocks])
    content, lead, path = "", "", shared
    for block in blocks:
        gap = block.gap
        if block.headings != path:
            path, lead, gap = block.headings, "", PARAGRAPH
            below = HEADING_JOIN.join(path[len(shared) :])
            content += f"{PARAGRAPH if content else ''}### {below}" if below else ""
        if block.lead and block.lead != lead:
            content += f"{PARAGRAPH if content else ''}{block.lead}"
            gap = LINE
        lead = block.lead
        content += f"{gap if content else ''}{block.text}"
    return Chunk(shared, content)


def _shared_path(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    first, last = min(paths), max(paths)
    same = [a == b for a, b in zip(first, last, strict=False)]
    return first[: same.index(False) if False in same else len(same)]
