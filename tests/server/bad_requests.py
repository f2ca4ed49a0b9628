"""Bad requests, each for any route: what is sent in place of a text, or of the whole body."""

import gzip
import zlib
from dataclasses import dataclass, field

MARKER = "zq7marker"  # must never come back
M = MARKER.encode()
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class BadText:
    """A JSON value where a text is wanted. `status` is 422 and the text's own path is named."""

    name: str
    value: bytes
    below: str = ""  # what the path goes on with


@dataclass(frozen=True)
class BadBody:
    name: str
    body: bytes
    status: int = 422
    named: str = "body"
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))


BAD_TEXTS = [
    BadText("bytes that are not UTF-8", b'"' + M + b'\xff"'),
    BadText("a cut UTF-8 sequence", b'"' + M + b'\xe2\x82"'),
    BadText("an overlong NUL", b'"' + M + b'\xc0\x80"'),
    BadText("a raw lone surrogate", b'"' + M + b'\xed\xa0\x80"'),
    BadText("an escaped high surrogate", b'"' + M + b'\\ud83d"'),
    BadText("an escaped low surrogate", b'"' + M + b'\\ude00"'),
    BadText("swapped surrogates", b'"' + M + b'\\ude00\\ud83d"'),
    BadText("an escaped NUL", b'"' + M + b'\\u0000"'),
    BadText("a raw NUL", b'"' + M + b'\x00"'),
    BadText("a raw vertical tab", b'"' + M + b'\x0b"'),
    BadText("an escape character", b'"' + M + b'\\u001b[31m"'),
    BadText("a backspace", b'"' + M + b'\\b"'),
    BadText("a form feed", b'"' + M + b'\\f"'),
    BadText("a NUL further down", b'{"x": ["' + M + b'", "\\u0000"]}', ".x[1]"),
    BadText("a key with a NUL", b'{"' + M + b'\\u0000": 1}'),
    BadText("a key with a lone surrogate", b'{"' + M + b'\\ud800": 1}'),
    BadText("a huge key", b'{"' + M * 1000 + b'": 1}'),
    BadText("a NUL under a key that is no name", b'{"' + M + b' !": "\\u0000"}', ".*"),
    BadText("NaN", b"NaN"),
    BadText("Infinity", b"Infinity"),
    BadText("minus Infinity", b"-Infinity"),
    BadText("a float that overflows", b"1e999"),
    BadText("an integer of 5,000 digits", b"7" * 5000),
    BadText("2 to the 63rd", b"9223372036854775808"),
    BadText("an integer of 20 digits", b"18446744073709551616"),
    BadText("an integer below 64 bits", b"-9223372036854775809"),
    BadText("an integer written as 1e20", b"1e20"),
    BadText("a number", b"5"),
    BadText("null", b"null"),
    BadText("true", b"true"),
    BadText("a list", b'["' + M + b'"]'),
    BadText("an object", b'{"' + M + b' a": 1}'),
    BadText("a key given twice", b'{"a": "' + M + b'", "a": 1}', ".a"),
    BadText("a key given twice, once escaped", b'{"a": "' + M + b'", "\\u0061": 1}', ".a"),
]

LONG_TEXT = b'"' + M * (12 * 1024 * 1024 // len(M)) + b'"'

BAD_BODIES = [
    BadBody("100,000 nested lists", b"[" * 100_000 + b"]" * 100_000),
    BadBody("100,000 nested objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    BadBody("a million open brackets", b"[" * 1_000_000),
    BadBody("a list of 200,000 numbers", b"[" + b"1," * 199_999 + b"1]"),
    BadBody("a list of 10,000 numbers", b"[" + b"1," * 9_999 + b"1]"),
    BadBody("12 MB", LONG_TEXT, 413),
    BadBody("one byte too many", b'"' + b"a" * (1024 * 1024 - 1) + b'"', 413),
    BadBody("cut JSON", b'{"text": "' + M),
    BadBody("two documents", b'{"text": "' + M + b'"} {}'),
    BadBody("white space only", b"  \n "),
    BadBody("nothing", b""),
    BadBody("a byte order mark", b"\xef\xbb\xbf{}"),
    BadBody("UTF-16", f'{{"text": "{MARKER}"}}'.encode("utf-16")),
    BadBody("random bytes", bytes(range(256))),
    BadBody("single quotes", b"{'text': '" + M + b"'}"),
    BadBody("a comma at the end", b'{"text": "' + M + b'",}'),
    BadBody("a comment", b'{"text": "' + M + b'"} // hi'),
    BadBody("a leading zero", b'{"text": 01}'),
    BadBody("a form that says it is JSON", b"text=" + M),
    BadBody("a text", b'"' + M + b'"'),
    BadBody("a list at the root", b'["' + M + b'"]'),
    BadBody("null at the root", b"null"),
    BadBody("a key twice in a long body", b'{"a": 1, "a": "' + M * 10_000 + b'"}'),
    BadBody(
        "gzip", gzip.compress(b"{}"), 415, "content-encoding", JSON | {"content-encoding": "gzip"}
    ),
    BadBody(
        "deflate",
        zlib.compress(b"{}"),
        415,
        "content-encoding",
        JSON | {"content-encoding": "deflate"},
    ),
    BadBody("br", b"{}", 415, "content-encoding", JSON | {"content-encoding": "identity, br"}),
    BadBody(
        "text/plain", b'{"text": "' + M + b'"}', 415, "content-type", {"content-type": "text/plain"}
    ),
    BadBody("XML", b"<a/>", 415, "content-type", {"content-type": "application/xml"}),
    BadBody("no type", b"{}", 415, "content-type", {}),
    BadBody(
        "a form",
        b"text=" + M,
        415,
        "content-type",
        {"content-type": "application/x-www-form-urlencoded"},
    ),
    BadBody(
        "multipart",
        b"[" * 5000,
        415,
        "content-type",
        {"content-type": "multipart/form-data; boundary=x"},
    ),
]
