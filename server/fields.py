"""How a value the caller sent is named in an error: by its path, never by what it holds."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.exceptions import ValidationException
from langserve.validation import InvokeRequestShallowValidator
from pydantic import BaseModel, ConfigDict

MAX_ERRORS = 20  # a list of 10,000 wrong items needs no 10,000 explanations

# A key of an open object is the caller's own words: only what looks like a name is repeated.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")

# Where FastAPI found the value; the body goes without saying.
SOURCES = ("query", "path", "header", "cookie")

# Their texts quote the value after a comma: "a valid UUID, ... found `x` at 1".
QUOTING = re.compile(r"\w+_parsing|url_\w+|\w+_encoding|timezone_offset|datetime_object_invalid")
OBJECT_WANTED = ("model_type", "model_attributes_type", "dataclass_type", "dict_type")


class FieldError(BaseModel):
    """One thing to correct. `field` is a path such as `input.messages[0].content`, or `body`."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


def dotted(path: Iterable[str | int]) -> str:
    """Write a path the way clients do.

    >>> dotted(["input", "messages", 0, "content"])
    'input.messages[0].content'
    >>> dotted(["metadata", "my secret!", "x"])
    'metadata.*.x'
    >>> dotted([])
    'body'
    """
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            written += f".{part if NAME.fullmatch(part) else '*'}"
    return written.removeprefix(".") or "body"


def field_errors(error: ValidationException) -> list[FieldError]:
    """What pydantic found, as FastAPI or LangServe passes it on, without the values."""
    body = getattr(error, "body", None)
    return [_field_error(item, body) for item in error.errors()[:MAX_ERRORS]]


def _field_error(item: Any, body: Any) -> FieldError:
    if not isinstance(item, Mapping):  # LangServe says "Invalid JSON body" as a bare string
        return FieldError(field="body", message="must be a JSON document")
    path = _path(item["loc"], body, keep_last=item["type"] == "missing")
    return FieldError(field=dotted(path), message=_message(item))


def _path(loc: tuple[str | int, ...], body: Any, keep_last: bool) -> list[str | int]:
    if loc[:1] == ("configurable",):  # LangServe's paths start below `config` and `input`
        return ["config", *loc]
    if isinstance(body, InvokeRequestShallowValidator):
        return ["input", *_keys_only(loc, body.input, keep_last)]
    if loc[:1] == ("body",):
        return _keys_only(loc[1:], body, keep_last)
    return list(loc) if loc[:1] and loc[0] in SOURCES else _keys_only(loc, body, keep_last)


def _keys_only(loc: tuple[str | int, ...], document: Any, keep_last: bool) -> list[str | int]:
    """Leave out the names of union members and validators that pydantic mixes into its paths.

    Args:
        loc: pydantic's path.
        document: what it was looking at; where that is no JSON, the path is left as it is.
        keep_last: the last part is a key that is missing from the document.
    """
    if not isinstance(document, dict | list):
        return list(loc)
    path: list[str | int] = []
    here: Any = document
    for position, part in enumerate(loc, start=1):
        is_key = isinstance(here, dict) and part in here
        is_index = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if is_key or is_index:
            here = here[part]
            path.append(part)
        elif keep_last and position == len(loc):
            path.append(part)
    return path


def _message(item: Mapping[str, Any]) -> str:
    kind, message = item["type"], str(item["msg"])
    if kind in OBJECT_WANTED:
        return "Input should be an object"  # pydantic names our class here
    if kind == "union_tag_invalid":
        return f"Input should carry one of the tags {item['ctx']['expected_tags']}"
    if QUOTING.fullmatch(kind):
        message = message.partition(",")[0]
    if kind == "too_long" and isinstance(item.get("input"), str):
        return f"String should have at most {item['ctx']['max_length']} characters"
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    given = item.get("input")
    quoted = isinstance(given, str) and len(given) > 3 and given in message
    return "Input is not valid" if quoted else message
