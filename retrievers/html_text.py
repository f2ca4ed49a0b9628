"""The readable text of HTML."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_UNREAD = frozenset({"script", "style", "head", "nav", "template", "noscript", "svg", "iframe"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img"}
    | {"ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup"}
    | {"time", "tt", "u", "var", "wbr"}
)
_CELLS = frozenset({"td", "th"})
_SPACE = re.compile(r"\s+")


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
    reader.feed(text)
    reader.close()
    reader.end_line("p")
    return reader.lines


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self._tag = "p"
        self._text: list[str] = []
        self._unread: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread.append(tag)
        elif tag == "body":
            self._unread.clear()  # </head> may be left out
        elif tag in _CELLS:
            self._text.append(" | " if "".join(self._text).strip() else "")
        elif tag not in _INLINE:
            begun = "".join(self._text).strip() != ""
            # a paragraph that begins a list item is the item
            self.end_line("li" if self._tag == "li" and not begun and tag != "ul" else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unread:
            del self._unread[self._unread.index(tag) :]
        elif tag not in _INLINE and tag not in _CELLS:
            self.end_line("p")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._text.append(data)

    def end_line(self, following: str) -> None:
        """Keep what was read as a line; what comes next belongs to the tag `following`."""
        if text := _SPACE.sub(" ", "".join(self._text)).strip(" |"):
            self.lines.append(Line(self._tag, text))
        self._text = []
        heading = len(following) == 2 and following[0] == "h" and following[1] in "123456"
        self._tag = following if heading or following == "li" else "p"
