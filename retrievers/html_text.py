"""The readable text of HTML, in time that grows with its length however malformed it is.

The standard library's parser takes minutes for a page of unclosed comments, and the parsers of
browsers for deeply nested lists; neither's care for structure is needed to read lines of text.
"""

import html
import re
from dataclasses import dataclass

_UNREAD = frozenset({"script", "style", "head", "nav", "template", "noscript", "svg", "iframe"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img"}
    | {"ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup"}
    | {"time", "tt", "u", "var", "wbr"}
)
_CELLS = frozenset({"td", "th"})
_HEADING = re.compile(r"h[1-6]")
_SPACE = re.compile(r"\s+")

# Comment or declaration; the insides of scripts and styles; a tag; text; a stray bracket. Nothing
# is given back once matched, which is what keeps it linear.
_PIECE = re.compile(
    r"""<!--.*?(?:-->|\Z) | <[!?][^>]*+>?
    | <(?P<raw>script|style)\b[^>]*+.*?(?:</(?P=raw)[^>]*+>?|\Z)
    | <(?P<close>/?)(?P<tag>[a-z][a-z0-9]*+)(?:[^<>"']|"[^"]*+"|'[^']*+')*+/?>
    | (?P<text>[^<]++|<)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """What stands between two tags that break the line. `tag` is h1 to h6, li, or p for others."""

    tag: str
    text: str


def read_html(text: str) -> list[Line]:
    """Headings, paragraphs, list items and table rows of a page or fragment, however malformed.

    What scripts, styles and menus hold is left out; a row's cells are joined by a bar.

    >>> [line.text for line in read_html("<h2>Fees<script>x()</script></h2>None &amp;<b> never")]
    ['Fees', 'None & never']
    """
    reader = _Reader()
    for piece in _PIECE.finditer(text):
        if piece["tag"] is None:
            reader.read(piece["text"] or "")
        elif piece["close"]:
            reader.close(piece["tag"].lower())
        else:
            reader.open(piece["tag"].lower())
    reader.end_line("p")
    return reader.lines


class _Reader:
    """Collects lines, and knows which tag the line being read belongs to."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._tag = "p"
        self._text: list[str] = []
        self._begun = False
        self._unread = ""

    def open(self, tag: str) -> None:
        if tag == "body":
            self._unread = ""  # </head> may be left out
        elif tag in _UNREAD:
            self._unread = self._unread or tag
        elif tag in _CELLS:
            if self._begun:
                self._text.append(" | ")
        elif tag not in _INLINE:
            # a paragraph that begins a list item is the item
            begins_item = self._tag == "li" and tag != "ul" and not self._begun
            self.end_line("li" if begins_item else tag)

    def close(self, tag: str) -> None:
        if tag == self._unread:
            self._unread = ""
        elif tag not in _INLINE and tag not in _CELLS:
            self.end_line("p")

    def read(self, text: str) -> None:
        if not self._unread:
            self._text.append(text)
            self._begun = self._begun or not text.isspace()

    def end_line(self, following: str) -> None:
        """Keep what was read as a line; what comes next belongs to the tag `following`."""
        if text := _SPACE.sub(" ", html.unescape("".join(self._text))).strip(" |"):
            self.lines.append(Line(self._tag, text))
        self._text, self._begun = [], False
        self._tag = following if following == "li" or _HEADING.fullmatch(following) else "p"
