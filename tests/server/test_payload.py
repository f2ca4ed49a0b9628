"""The checks of a body as pure functions, against Python's own parser as the judge."""

import json
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import Invalid
from server.payload import HIGHEST, LOWEST, check_encoded, check_json, check_text

BAD_CHARACTERS = {*map(chr, range(32)), *map(chr, range(0xD800, 0xE000))} - {"\t", "\n", "\r"}


def check(body: bytes) -> None:
    check_json(body, max_depth=32, max_values=10_000)


def verdict(body: bytes) -> str:
    try:
        check(body)
    except Invalid as error:
        return error.field
    return ""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"input": {"messages": [{"content": "\\u0000"}]}}', r"input\.messages\[0\]\.content: c"),
        (b'{"a": [1, NaN]}', r"a\[1\]: must be a number from -9223372036854775808 to "),
        (b"[" * 33 + b"]" * 33, r"^(\[0\]){32}: nests deeper than 32 levels"),
        (b"[" * 2000 + b"]" * 2000, "nests deeper than 32 levels"),
        (b'{"a": ' + b"[" * 500 + b"]" * 500 + b', "a": 1}', "a: is given twice"),
        (b"[" + b"[]," * 9_999 + b"[]]", "body: holds more than 10000 values"),
        (b'{"x": {"a": 1, "a": 2, "a": 3}}', r"x\.a: is given twice; send it once"),
        (b'{"x": {"a": 1, "a": "' + b"b" * 70_000 + b'"}}', "body: gives a key twice"),
        (b"\xef\xbb\xbf[]", "body: starts with a byte order mark"),
        (b'{"a":\n 1,}', "body: is not a JSON document in UTF-8; look at line 2, column"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_the_message_names_the_place_and_says_what_to_do(body: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        check(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\\"b\\": \\"b\\":", "c": "d\\\\", "e": ":"}',
        b'{"a" : 1, "b"\n:\t{"a" : ": \\" :"}}',
        b'"\\\\u0000 \\\\b"',
        b'{"\\u0061": 1, "\\u0062": 2}',
        b" [1.0, -0, 1E5, 1e-400, 9223372036854775807, 0." + b"1" * 5000 + b"] \n",
    ],
)
def test_what_only_looks_bad_passes(body: bytes) -> None:
    check(body)


texts = st.text(st.characters(codec=None, exclude_categories=[]), max_size=8)
numbers = st.integers(-(2**70), 2**70) | st.floats()
scalars = st.none() | st.booleans() | numbers | texts | st.sampled_from(['"', '":', "\\", "a"])
Pairs = list[tuple[str, Any]]


class Object(list[Any]):
    """An object as it is written: pairs, a key perhaps more than once."""


documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(st.tuples(texts | st.sampled_from("ab"), inner), max_size=4).map(Object)
    ),
    max_leaves=12,
)


def written(document: Any, escaped: bool, colon: str) -> str:
    if isinstance(document, Object):
        pairs = (
            f"{written(key, escaped, colon)}{colon}{written(value, escaped, colon)}"
            for key, value in document
        )
        return "{" + ",".join(pairs) + "}"
    if isinstance(document, list):
        return "[" + ", ".join(written(item, escaped, colon) for item in document) + "]"
    return json.dumps(document, ensure_ascii=escaped)


def is_fine(document: Any) -> bool:
    """What `check_json` promises, on the document before it was written down."""
    if isinstance(document, Object):
        keys = [key for key, _ in document]
        unique = max(Counter(keys).values(), default=0) <= 1
        return unique and all(map(is_fine, keys)) and all(is_fine(v) for _, v in document)
    if isinstance(document, list):
        return all(map(is_fine, document))
    if isinstance(document, str):
        return not BAD_CHARACTERS & set(document)
    if document is None or isinstance(document, bool):
        return True
    return bool(LOWEST <= document <= HIGHEST)


@settings(max_examples=400, deadline=None)
@given(documents, st.booleans(), st.sampled_from([":", " : ", "\n:"]))
def test_the_verdict_is_right_for_every_document(document: Any, escaped: bool, colon: str) -> None:
    body = written(document, escaped, colon).encode(errors="surrogatepass")
    assert (verdict(body) == "") == is_fine(document)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:\\0eu -1NaN', max_size=30).map(str.encode))
def test_what_passes_is_json_for_pythons_parser_too(body: bytes) -> None:
    if verdict(body) == "":
        json.loads(body.decode())


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_048_576,
        b'{"a":' * 200_000,
        b"[" + b"0," * 520_000 + b"0]",
        b'{"a":[' + b"0," * 500_000 + b'0],"a":1}',
        b'"' + b'\\"' * 520_000 + b'"',
        b'"' + b'\\"' * 520_000,
        b'{"a":"' + b'\\":' * 340_000 + b'"}',
        b'{"a":"' + b'" ' * 520_000,
        b"7" * 1_048_576,
        b"[" + b'"\\u0000",' * 100_000,
        b"\xff" * 1_048_576,
        b'"' + b" " * 1_000_000 + b'"',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_mebibyte_is_judged_in_a_blink(body: bytes) -> None:
    started = time.perf_counter()
    verdict(body)
    assert time.perf_counter() - started < 0.5  # 10 to 40 ms on an idle core


@pytest.mark.parametrize(
    "raw", [b"", b"a=b&c=d", b"a%20b+c", b"%F0%9F%99%82", "ü".encode(), b"%0A%0d%09", b"%25"]
)
def test_a_good_query_passes(raw: bytes) -> None:
    check_encoded(raw, "query")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"%", "write a percent sign as %25"),
        (b"%4", "write a percent sign as %25"),
        (b"%u0041", "write a percent sign as %25"),
        (b"%ff", "must be UTF-8"),
        (b"\xff", "must be UTF-8"),
        (b"%ed%a0%80", "must be UTF-8"),
        (b"%c0%80", "must be UTF-8"),
        (b"%00", "contains NUL"),
        (b"\x00", "contains NUL"),
        (b"%1F", "contains NUL"),
    ],
)
def test_a_bad_query_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=f"^query: .*{message}"):
        check_encoded(raw, "query")


def test_a_text_that_postgres_refuses_is_refused() -> None:
    check_text("fine\n😀", "name")
    with pytest.raises(Invalid, match=r"^name: contains NUL"):
        check_text("a\x00", "name")
