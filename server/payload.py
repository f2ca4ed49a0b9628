"""What a request may contain, whoever reads it afterwards. Pure functions of bytes.

Strings that reach a model, a log or Postgres are plain Unicode: no NUL or other C0 control
character but tab and line ends, no lone surrogates. Numbers fit 64 bits however they are written,
because `1e20` becomes an integer in a model's `int` field and fails in a `bigint` column. A key
stands once in its object: parsers disagree about which of two counts. Nothing here ever puts a
value into its message; of keys, only those that look like names (see `server.fields.dotted`).
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

import orjson

from data.errors import Invalid
from server.fields import dotted

MAX_KEY_CHARS = 256
LOWEST, HIGHEST = -(2**63), 2**63 - 1

# A refused document is read a second time to name the field; only this much of it, because that
# parser calls Python for each value.
EXPLAINED_BYTES = 64 * 1024

UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
ESCAPED_CONTROL = re.compile(rb"\\(?:u00[01]|[bf])")  # orjson refuses unescaped ones itself
KEY_END = re.compile(rb'"\s*:')
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
PLAIN = re.compile(rb"[!-$&-~]*")
BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")

UNCLEAN_TEXT = "contains NUL, another control character or a lone surrogate; send plain Unicode"
BAD_NUMBER = f"must be a number from {LOWEST} to {HIGHEST}; NaN and Infinity are not JSON"

# Where a value stands, innermost part first: (key, (index, ... None)).
Trail: TypeAlias = tuple[str | int, "Trail"] | None


class _Twice:
    """Stands for the value of a key that was given twice."""


def check_text(text: str, field: str) -> None:
    """For text that does not come as JSON, such as a form's fields.

    Raises:
        Invalid: it holds a control character or a lone surrogate.
    """
    if UNCLEAN.search(text):
        raise Invalid(field, UNCLEAN_TEXT)


def check_encoded(raw: bytes, field: str) -> None:
    """Check a percent-encoded path, query or form without splitting it.

    Raises:
        Invalid: a broken escape, not UTF-8, or characters that `check_text` refuses.
    """
    if PLAIN.fullmatch(raw):
        return
    if BROKEN_PERCENT.search(raw):
        raise Invalid(field, "has a % without two hexadecimal digits; write a percent sign as %25")
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise Invalid(field, "must be UTF-8 once its %-escapes are decoded") from None
    check_text(text, field)


def check_json(body: bytes, *, max_depth: int, max_values: int) -> None:
    """Check a whole JSON document; what passes means the same to every JSON parser.

    Args:
        body: the document, in UTF-8 without a byte order mark.
        max_depth: how deep arrays and objects may nest; `[]` is 1 deep.
        max_values: how many values it may hold in all, containers and the root included.

    Raises:
        Invalid: names the path of the first bad value found, or `body`.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _explained(body, _mistake(body, error), max_depth, max_values) from None
    check_texts = ESCAPED_CONTROL.search(body) is not None
    keys = _walk(document, max_depth, max_values, check_texts)
    if keys != _count_keys(body, keys):
        reason = "gives a key twice in one object; send each once"
        raise _explained(body, reason, max_depth, max_values)


def _count_keys(body: bytes, expected: int) -> int:
    """How many keys a valid document spells out, those that replace another included."""
    # Every key ends in a quote and a colon; texts may add more of those, never hide any.
    if len(KEY_END.findall(body)) == expected:
        return expected
    return STRING.sub(b"", body).count(b":")


def _mistake(body: bytes, error: orjson.JSONDecodeError) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        return "starts with a byte order mark; send UTF-8 without one"
    return f"is not a JSON document in UTF-8; look at line {error.lineno}, column {error.colno}"


def _explained(body: bytes, reason: str, max_depth: int, max_values: int) -> Invalid:
    """The refusal of a body, with the field's name where a second, slower reading finds it."""
    try:
        _walk(_read_leniently(body[:EXPLAINED_BYTES]), max_depth, max_values, check_texts=True)
    except Invalid as found:
        return found
    except json.JSONDecodeError:
        pass
    except RecursionError:
        return _too_deep(None, max_depth)
    return Invalid("body", reason)


def _read_leniently(body: bytes) -> Any:
    """Parse what orjson refuses or hides, so that `_walk` can find and name it.

    Bytes that are not UTF-8 become lone surrogates, integers that are too long become infinity.

    Raises:
        JSONDecodeError: not JSON even so.
        RecursionError: nested too deep for the interpreter.
    """
    return json.loads(
        body.decode(errors="surrogateescape"),
        strict=False,
        parse_int=lambda digits: int(digits) if len(digits) <= 20 else math.inf,
        parse_constant=float,
        object_pairs_hook=_object,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found[key] = _Twice()
            seen.add(key)
    return found


def _walk(document: Any, max_depth: int, max_values: int, check_texts: bool) -> int:
    """Look at every value once, without recursion; returns how many keys all objects have.

    Raises:
        Invalid: see `check_json`.
    """
    values = keys = 0
    todo: list[tuple[Any, Trail, int]] = [([document], None, 0)]
    while todo:
        container, trail, depth = todo.pop()
        if depth > max_depth:
            raise _too_deep(trail, max_depth)
        values += len(container)
        if values > max_values:
            raise Invalid("body", f"holds more than {max_values} values; send fewer at a time")
        keys += len(container) if type(container) is dict else 0
        for key, value in _entries(container, trail, check_texts):
            kind = type(value)
            if kind is dict or kind is list:
                todo.append((value, (key, trail), depth + 1))
            elif kind is int or kind is float:
                if not LOWEST <= value <= HIGHEST:  # NaN is neither above nor below anything
                    raise Invalid(_field((key, trail)), BAD_NUMBER)
            elif kind is _Twice:
                raise Invalid(_field((key, trail)), "is given twice; send it once")
            elif check_texts and kind is str and UNCLEAN.search(value):
                raise Invalid(_field((key, trail)), UNCLEAN_TEXT)
    return keys


def _entries(container: Any, trail: Trail, check_texts: bool) -> Iterable[tuple[Any, Any]]:
    """What a container holds, by index or by key; the keys are checked."""
    if type(container) is list:
        return enumerate(container)
    if container and len(max(container, key=len)) > MAX_KEY_CHARS:
        raise Invalid(_field(trail), f"has a key longer than {MAX_KEY_CHARS} characters")
    if check_texts and any(map(UNCLEAN.search, container)):
        raise Invalid(_field(trail), f"has a key that {UNCLEAN_TEXT}")
    entries: Iterable[tuple[Any, Any]] = container.items()
    return entries


def _too_deep(trail: Trail, max_depth: int) -> Invalid:
    return Invalid(_field(trail), f"nests deeper than {max_depth} levels; send a flatter document")


def _field(trail: Trail) -> str:
    parts: list[str | int] = []
    while trail is not None:
        part, trail = trail
        parts.append(part)
    return dotted(parts[-2::-1])  # the outermost is the index in the walk's own list
