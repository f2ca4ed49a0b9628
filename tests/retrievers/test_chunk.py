"""Documents cut into passages."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Invalid, TooLarge
from retrievers.chunk import FEWEST_WORDS, MOST_WORDS, Chunk, chunk, count_words
from retrievers.html_text import read_html
from retrievers.sentences import split_sentences


def story(words: int, number: int = 0) -> str:
    """A paragraph of sentences of ten words."""
    return " ".join(
        f"Sentence {number}x{n} says that it has ten words in all." for n in range(words // 10)
    )


def test_a_section_is_a_passage_with_its_path_of_headings() -> None:
    start, wires, end = story(60), story(60, 1), story(60, 2)
    text = f"# Guide\n\n## Start\n\n{start}\n\n### Wires\n\n{wires}\n\n## End\n\n{end}"
    assert [c.headings for c in chunk(text, "markdown")] == [
        ("Guide", "Start"),
        ("Guide", "Start", "Wires"),
        ("Guide", "End"),
    ]


def test_fragments_share_a_passage_and_keep_their_headings_inside() -> None:
    assert chunk("# A\n\n## B\n\nOne.\n\n### C\n\nTwo.\n\n## D\n\nThree.", "markdown") == [
        Chunk(("A",), "### B\n\nOne.\n\n### B › C\n\nTwo.\n\n### D\n\nThree.")
    ]


def test_a_long_section_is_cut_between_sentences() -> None:
    chunks = chunk(f"# A\n\n{story(700)}", "markdown")
    assert len(chunks) == 4
    assert all(c.headings == ("A",) and c.content.endswith("all.") for c in chunks)
    assert " ".join(c.content for c in chunks) == story(700)


def test_a_sentence_longer_than_a_passage_is_cut_between_words() -> None:
    endless = " ".join(f"word{n}" for n in range(500))
    chunks = chunk(endless, "text")
    assert " ".join(c.content for c in chunks) == endless
    assert max(count_words(c.content) for c in chunks) <= MOST_WORDS


def test_a_word_without_end_is_cut_too() -> None:
    chunks = chunk("A" * 20_000, "text")
    assert "".join(c.content for c in chunks) == "A" * 20_000
    assert max(len(c.content) for c in chunks) <= MOST_WORDS * 8


def test_list_items_stay_whole_and_together() -> None:
    text = "Do this:\n\n1. Unplug it.\n2. Wait.\n   A minute is enough.\n3. Plug it in.\n\nDone."
    assert chunk(text, "markdown")[0].content == text


def test_a_table_cut_in_two_has_its_head_twice() -> None:
    rows = [f"| Plan {n} | {n} dollars a month and a little more |" for n in range(60)]
    head = "| Plan | Price |\n|---|---|"
    chunks = chunk("## Prices\n\n" + head + "\n" + "\n".join(rows), "markdown")
    assert len(chunks) > 1
    assert all(c.content.startswith(head + "\n| Plan ") for c in chunks)
    assert [line for c in chunks for line in c.content.split("\n")[2:]] == rows


def test_markdown_is_kept_as_it_was_written() -> None:
    text = "Go to [orders](https://a.test/x_y) and press **Return**.\n\n> Mind the `step`."
    assert chunk(text, "markdown")[0].content == text


def test_html_inside_markdown_is_read_as_text() -> None:
    text = "One.\n\n<div><script>alert(1)</script><p>Two &amp; three</p></div>\n\nFour."
    assert chunk(text, "markdown")[0].content == "One.\n\nTwo & three\n\nFour."


def test_html_loses_scripts_menus_and_styles() -> None:
    page = """<html><head><title>x</title><style>p{}</style></head><body><nav>Home</nav>
    <h1>Fees</h1><p>None <b>at all</b>.<br>Really.</p><script>if (a < b) {}</script>
    <h2>Late</h2><ul><li><p>Five dollars</p></li><li>Six</li></ul>
    <table><tr><th>Day</th><th>Fee</th></tr><tr><td>1</td><td>5</td></tr></table></body></html>"""
    assert chunk(page, "html") == [
        Chunk(
            ("Fees",),
            "None at all.\n\nReally.\n\n### Late\n\n- Five dollars\n- Six\n\nDay | Fee\n\n1 | 5",
        )
    ]


@pytest.mark.parametrize(
    "page",
    ["<p>a<p>b", "a</p></div>b", "<head><title>x<body>a<p>b", "<ul><li>a<li>b", "<h1>a</h2>b"],
)
def test_malformed_html_is_read_all_the_same(page: str) -> None:
    [only] = chunk(page, "html")
    assert re.findall(r"\b[ab]\b", " ".join((*only.headings, only.content))) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "content: is empty"),
        (" \n\t ", "content: is empty"),
        (b"", "content: is empty"),
        ("# Only a heading", "content: has no text"),
        ("<script>x()</script>", "content: has no text"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "content: line 1 is not UTF-8"),
        (b"%PDF-1.7\n\xb5\xb5", "content: line 2 is not UTF-8"),
        ("a\0b", "content: is binary, not text"),
        ("ok " + "\x01\x02" * 40, "content: is binary, not text"),
        ("half \ud83d", "content: holds half of a surrogate pair"),
    ],
)
def test_what_is_no_text_is_refused(content: str | bytes, problem: str) -> None:
    form = "html" if "<script>" in str(content) else "markdown"
    with pytest.raises(Invalid, match=problem):
        chunk(content, form)  # type: ignore[arg-type]


def test_a_library_is_refused() -> None:
    with pytest.raises(TooLarge, match="content: more than 1,000,000 characters"):
        chunk("a " * 600_000, "text")


@pytest.mark.parametrize(
    "page", ["<!--", '<a b="', "<td>", "<td> ", "<ul><li>", "<script", "<", "<a '", "<nav>", "&"]
)
def test_no_page_takes_more_than_a_moment(page: str) -> None:
    read_html(page * 50_000)  # quadratic reading of any of these would take minutes


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(Invalid, match="format: must be one of markdown, text, html"):
        chunk("x", "docx")  # type: ignore[arg-type]


def test_a_byte_order_mark_and_foreign_line_ends_are_no_text() -> None:
    assert chunk(b"\xef\xbb\xbf# A\r\n\r\nOne.\rTwo.", "markdown") == [Chunk(("A",), "One.\nTwo.")]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_whatever_the_text_passages_are_bounded_and_lose_no_word(text: str) -> None:
    try:
        chunks = chunk(text, "text")
    except Invalid:
        return
    assert all(c.content.strip() and count_words(c.content) <= MOST_WORDS for c in chunks)
    assert "".join("".join(c.content for c in chunks).split()) == "".join(text.split())


@given(
    st.lists(st.sampled_from(["# A", "## B", "- c d", "e. f!", "| g |\n|---|\n| h |", "> i", ""]))
)
def test_whatever_the_markdown_passages_are_bounded(lines: list[str]) -> None:
    try:
        chunks = chunk("\n\n".join(lines * 30), "markdown")
    except Invalid:
        return
    assert max(count_words(c.content) for c in chunks) <= MOST_WORDS + FEWEST_WORDS * 4


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Version 2.5 costs $4.99. It is new.", 2),
        ("See p. 5, fig. 3 and e.g. this.", 1),
        ("Wait... what? Yes!", 3),
        ("Ask J. Smith. He knows.", 2),
        ("no full stop at all", 1),
        ("你好。再见！", 2),
        ("Is it?! Sure.", 2),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_would_stop(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count
