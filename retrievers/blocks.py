"""A document as what it is made of: paragraphs, list items and table rows under headings."""

import re
from dataclasses import dataclass
from itertools import islice, takewhile

from markdown_it import MarkdownIt
from markdown_it.token import Token

from retrievers.html_text import read_html

PARAGRAPH = "\n\n"
LINE = "\n"


@dataclass(frozen=True, slots=True)
class Block:
    """`text` is Markdown. `headings` stand above it, outermost first.

    `gap` goes between it and the block before; `lead` (a table's head) goes before the first
    block of a passage that has it.
    """

    headings: tuple[str, ...]
    text: str
    gap: str = PARAGRAPH
    lead: str = ""


class Headings:
    """Those above the place that is being read."""

    def __init__(self) -> None:
        self._titles: dict[int, str] = {}

    @property
    def path(self) -> tuple[str, ...]:
        """Outermost first."""
        return tuple(self._titles[level] for level in sorted(self._titles))

    def enter(self, level: int, title: str) -> None:
        """A heading of level 1 to 6 ends those of its own level and below."""
        self._titles = {above: t for above, t in self._titles.items() if above < level}
        if title:
            self._titles[level] = title


def text_blocks(text: str) -> list[Block]:
    r"""Paragraphs of plain text, which are set apart by empty lines.

    >>> [block.text for block in text_blocks("one\ntwo\n\nthree")]
    ['one\ntwo', 'three']
    """
    return [Block((), part.strip()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def html_blocks(text: str) -> list[Block]:
    r"""The readable text of a page; what scripts, styles and menus hold is left out.

    >>> html_blocks("<h1>Fees</h1><ul><li>five<li>six")[1]
    Block(headings=('Fees',), text='- six', gap='\n', lead='')
    """
    blocks: list[Block] = []
    headings = Headings()
    in_list = False
    for line in read_html(text):
        if line.tag.startswith("h"):
            headings.enter(int(line.tag[1]), line.text)
        elif line.tag == "li":
            blocks.append(Block(headings.path, f"- {line.text}", LINE if in_list else PARAGRAPH))
        else:
            blocks.append(Block(headings.path, line.text))
        in_list = line.tag == "li"
    return blocks


def markdown_blocks(text: str) -> list[Block]:
    r"""The blocks of CommonMark with tables, as they were written.

    >>> markdown_blocks("# Fees\nNone.\n## Late\n- five\n- six")[2]
    Block(headings=('Fees', 'Late'), text='- six', gap='\n', lead='')
    """
    lines = text.splitlines()
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(LINE.join(lines))
    blocks: list[Block] = []
    headings = Headings()
    for position, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            headings.enter(int(token.tag[1]), _plain(tokens[position + 1]))
        elif token.type == "html_block":
            blocks += [Block(headings.path, line.text) for line in read_html(token.content)]
        elif token.level == 0:
            blocks += _blocks_of(tokens, position, lines, headings.path)
    return blocks


def _blocks_of(
    tokens: list[Token], position: int, lines: list[str], path: tuple[str, ...]
) -> list[Block]:
    """The blocks a top-level token opens; none if it closes one or holds no text."""
    token = tokens[position]
    if token.map is None or token.type == "hr" or token.nesting < 0:
        return []
    start, end = token.map
    if token.type in {"bullet_list_open", "ordered_list_open"}:
        inside = takewhile(lambda t: t.level > 0, islice(tokens, position + 1, None))
        items = [t.map for t in inside if t.type == "list_item_open" and t.level == 1 and t.map]
        return [
            Block(path, _cut(lines, *item), LINE if number else PARAGRAPH)
            for number, item in enumerate(items)
        ]
    if token.type == "table_open":
        lead = _cut(lines, start, start + 2)
        return [Block(path, line.strip(), LINE, lead) for line in lines[start + 2 : end]]
    return [Block(path, _cut(lines, start, end))]


def _cut(lines: list[str], start: int, end: int) -> str:
    return LINE.join(lines[start:end]).strip()


def _plain(inline: Token) -> str:
    """A heading's words without their markup."""
    return "".join(child.content for child in inline.children or ()).strip()
