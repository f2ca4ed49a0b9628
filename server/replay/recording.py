"""Files of what customers said: conversations, single messages, or plain lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPECIALIST_OF = {"sales": "leads"}  # what other people call ours


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one customer said, in order. `expected` are specialists, as far as the file has them."""

    line: int
    said: tuple[str, ...]
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is left out, and why."""

    line: int
    reason: str


class _Unusable(Exception):
    pass


def read_recording(path: Path) -> Iterator[Recorded | Malformed]:
    """The conversations of a file, and its lines that are none.

    A line is `{"turns": [{"customer": …}, …], "expected_routes"?}`, or `{"text": …, "route"?}`,
    which is a conversation of its own, or, in a file that is not `.jsonl`, a plain message.

    Raises:
        OSError: the file cannot be read.
    """
    strict = path.suffix == ".jsonl"
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _recorded(number, line, strict=strict)
            except _Unusable as error:
                yield Malformed(number, str(error))


def _recorded(number: int, line: bytes, *, strict: bool) -> Recorded:
    try:
        text = line.decode().strip().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _Unusable("is not UTF-8") from None
    if not strict and not text.startswith("{"):
        return Recorded(number, (_message(text, "the line"),))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _Unusable("is no JSON") from None
    if not isinstance(value, dict):
        raise _Unusable("is no JSON object")
    if "turns" in value:
        return Recorded(number, _turns(value["turns"]), _routes(value.get("expected_routes", [])))
    if "text" in value:
        expected = [value["route"]] if value.get("route") is not None else []
        return Recorded(number, (_message(value["text"], "text"),), _routes(expected))
    raise _Unusable("has neither `turns` nor `text`")


def _turns(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not given:
        raise _Unusable("turns must be a list that is not empty")
    said = []
    for position, turn in enumerate(given):
        where = f"turns[{position}].customer"
        if not isinstance(turn, dict) or "customer" not in turn:
            raise _Unusable(f"{where} is missing")
        said.append(_message(turn["customer"], where))
    return tuple(said)


def _message(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise _Unusable(f"{where} must be a text that is not blank")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise _Unusable(f"{where} is not valid Unicode") from None
    return given


def _routes(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(route, str) for route in given):
        raise _Unusable("expects routes that are no names")
    names: list[str] = given
    return tuple(SPECIALIST_OF.get(name, name) for name in names)
