"""The readable text of a PDF, as Markdown. Run as a program, it reads one from its input.

A PDF says where each run of letters stands and how large it is, not what is a heading: lines that
are clearly larger than most of the text are taken for headings, and what every page repeats at
its top or bottom is left out. Reading somebody's PDF may take any amount of time and memory, so
`retrievers.pdf_process` does it in a process that it can end.
"""

import io
import json
import logging
import os
import re
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from data.errors import Invalid, SwitchboardError, TooLarge

MOST_PAGES = 1000
MOST_MEMORY = 1 << 30  # bytes of address space, of the process that reads
MOST_CPU_S = 60  # a thousand pages of plain text take a third of it

LARGER = 1.12  # times the size of most of the text: a heading
MOST_HEADING_WORDS = 20
LEVELS = 4  # of headings that are told apart by their size
PARAGRAPH_GAP = 1.7  # line heights between two lines that do not belong together
REPEATED = 0.5  # of the pages: what so many begin or end with is no text of theirs
FEWEST_PAGES = 3  # to speak of repetition
EDGE = 2  # lines at the top, and at the bottom, that may be repeated

NUMBERS = re.compile(r"\d+")
PAGE_NUMBER = re.compile(r"(?:page )?\W*\d+\W*(?:(?:/|of) *\d+)?", re.IGNORECASE)
HYPHEN = re.compile(r"(?<=[a-z])-$")


@dataclass(frozen=True, slots=True)
class Line:
    """`size` is the letters' height in points, `y` the height of the line on its page."""

    text: str
    size: float
    y: float


def markdown_of(content: bytes) -> str:
    """The text with its headings.

    Raises:
        Invalid: it is no PDF, is damaged or locked, or holds pictures only.
        TooLarge: it has more than MOST_PAGES.
    """
    pages = without_repeated([list(_lines(page)) for page in _pages(content)])
    text = "\n\n".join(filter(None, _written(pages)))
    if not text:
        raise Invalid(
            "content",
            "has no text, only pictures of it; run text recognition (OCR) on it first",
        )
    return text


def _pages(content: bytes) -> Iterator[PageObject]:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Invalid("content", "is locked by a password; save it without one")
        if (count := len(reader.pages)) > MOST_PAGES:
            raise TooLarge(
                f"content: {count:,} pages, more than {MOST_PAGES:,}; upload it in parts"
            )
        yield from reader.pages
    except SwitchboardError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # pypdf meets what it does not expect with any of these
        raise Invalid("content", "is no PDF that can be read; print it to a new one") from error


def _lines(page: PageObject) -> Iterator[Line]:
    """The page's lines, in the order in which they were written."""
    runs: list[tuple[float, float, str]] = []

    def visit(text: str, _place: Any, matrix: Any, _font: Any, size: float) -> None:
        if text:
            scale = abs(matrix[3]) or abs(matrix[1]) or 1.0  # a turned page has it elsewhere
            runs.append((round(matrix[5], 1), round(abs(size) * scale, 1), text))

    page.extract_text(visitor_text=visit)
    for y, same in groupby(_broken(runs), key=lambda run: run[0]):
        parts = list(same)
        text = " ".join("".join(part for _, _, part in parts).split())
        if text:
            yield Line(text, max(size for _, size, part in parts if part.strip()), y)


def _broken(runs: Sequence[tuple[float, float, str]]) -> Iterator[tuple[float, float, str]]:
    """The runs, with none that goes over the end of a line."""
    shift = 0.0  # lines of one run have no height of their own
    for y, size, text in runs:
        for number, piece in enumerate(text.split("\n")):
            if number:
                shift += 0.001
            yield y - shift, size, piece


def without_repeated(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without what most of them begin or end with: running heads, page numbers."""
    if len(pages) < FEWEST_PAGES:
        return [list(page) for page in pages]
    body = _body_size([line for page in pages for line in page])
    edges = Counter(
        shape
        for page in pages
        for shape in {_shape(line, body) for line in (*page[:EDGE], *page[-EDGE:])}
    )
    often = {shape for shape, count in edges.items() if count > REPEATED * len(pages)}
    return [_peeled(page, lambda line: _shape(line, body) in often) for page in pages]


def _peeled(page: Sequence[Line], is_repeated: Callable[[Line], bool]) -> list[Line]:
    top = len(list(takewhile(is_repeated, page[:EDGE])))
    rest = page[top:]
    bottom = len(list(takewhile(is_repeated, rest[: -EDGE - 1 : -1])))
    return list(rest[: len(rest) - bottom])


def _shape(line: Line, body: float) -> str:
    """The line as it is; small print and page numbers whatever page they stand on."""
    small = line.size < body or PAGE_NUMBER.fullmatch(line.text)
    return NUMBERS.sub("#", line.text) if small else line.text


def _written(pages: Sequence[Sequence[Line]]) -> Iterator[str]:
    """Paragraphs and headings. A paragraph that ends with a page goes on with the next."""
    lines = [line for page in pages for line in page]
    body = _body_size(lines)
    levels = _levels(lines, body)
    paragraph: list[str] = []
    before: Line | None = None
    for line in lines:
        level = levels.get(line.size) if _short(line) else None
        if before is not None and _parted(before, line, body):
            yield _joined(paragraph)
            paragraph = []
        if level is None:
            paragraph.append(line.text)
        else:
            yield f"{'#' * level} {line.text}"
        before = line
    yield _joined(paragraph)


def _body_size(lines: Sequence[Line]) -> float:
    """The size of most of the text."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _levels(lines: Sequence[Line], body: float) -> dict[float, int]:
    """A heading's level by its size, the largest first."""
    sizes = sorted({line.size for line in lines if line.size > LARGER * body}, reverse=True)
    return {size: min(place, LEVELS) for place, size in enumerate(sizes, start=1)}


def _short(line: Line) -> bool:
    return len(line.text.split()) <= MOST_HEADING_WORDS


def _parted(before: Line, line: Line, body: float) -> bool:
    """Whether a paragraph ends between two lines."""
    if before.size != line.size and max(before.size, line.size) > LARGER * body:
        return True
    down = before.y - line.y
    return down > 0 and down > PARAGRAPH_GAP * max(before.size, line.size)


def _joined(lines: Sequence[str]) -> str:
    r"""Lines as one paragraph, a word that was divided at their end whole again.

    >>> _joined(["The rou-", "ter is", "- grey"])
    'The router is\n- grey'
    """
    text = ""
    for line in lines:
        item = line.startswith(("- ", "• ", "* ")) or re.match(r"\d+[.)] ", line)
        if not text:
            text = line
        elif item:
            text += f"\n{line}"
        elif HYPHEN.search(text):
            text = f"{text[:-1]}{line}"
        else:
            text += f" {line}"
    return text


def main() -> None:
    """Read a PDF from standard input; write its text, or what is wrong with it, as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    os.nice(5)  # customers are answered first
    logging.disable()  # pypdf tells of every fault it got over
    try:
        said = {"text": markdown_of(sys.stdin.buffer.read())}
    except TooLarge as error:
        said = {"too_large": str(error)}
    except Invalid as error:
        said = {"invalid": str(error)}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
