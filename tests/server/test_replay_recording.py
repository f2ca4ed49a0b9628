import json
from pathlib import Path
from typing import Any

import pytest

from server.replay.recording import Malformed, Recorded, read_recording


def read(path: Path, *lines: bytes | str | dict[str, Any]) -> list[Recorded | Malformed]:
    """Write the lines and read them as a recording."""
    with path.open("wb") as file:
        for line in lines:
            whole = json.dumps(line) if isinstance(line, dict) else line
            file.write(whole if isinstance(whole, bytes) else whole.encode())
            file.write(b"\n")
    return list(read_recording(path))


def test_a_conversation_is_its_customers_messages_in_order(tmp_path: Path) -> None:
    line = {
        "id": "c1",
        "turns": [{"turn": 1, "customer": "hi"}, {"turn": 3, "customer": "my bill is wrong"}],
        "expected_routes": ["billing", "sales"],
    }
    expected = Recorded(1, ("hi", "my bill is wrong"), ("billing", "leads"))
    assert read(tmp_path / "a.jsonl", line) == [expected]


def test_a_message_of_its_own_brings_the_route_it_should_take(tmp_path: Path) -> None:
    found = read(tmp_path / "a.jsonl", {"text": "how much is it?", "route": "sales"}, {"text": "x"})
    assert found == [Recorded(1, ("how much is it?",), ("leads",)), Recorded(2, ("x",))]


def test_plain_lines_are_messages_where_the_file_is_not_jsonl(tmp_path: Path) -> None:
    found = read(tmp_path / "a.txt", "hello", "", {"text": "in braces"}, "  bye  ")
    assert [each.said for each in found if isinstance(each, Recorded)] == [
        ("hello",),
        ("in braces",),
        ("bye",),
    ]
    assert [each.line for each in found] == [1, 3, 4]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "\xff"}', "is not UTF-8"),
        ('{"text": "cut', "is no JSON"),
        ("hello", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('["text"]', "is no JSON object"),
        ("7", "is no JSON object"),
        ({"message": "x"}, "has neither `turns` nor `text`"),
        ({"text": " "}, "text must be a text that is not blank"),
        ({"text": 7}, "text must be a text that is not blank"),
        ({"text": "\ud800"}, "text is not valid Unicode"),
        ({"text": "x", "route": 7}, "expects routes that are no names"),
        ({"turns": []}, "turns must be a list that is not empty"),
        ({"turns": "hi"}, "turns must be a list that is not empty"),
        ({"turns": [{"customer": "x"}, {"agent": "y"}]}, "turns[1].customer is missing"),
        ({"turns": [{"customer": None}]}, "turns[0].customer must be a text that is not blank"),
        (
            {"turns": [{"customer": "x"}], "expected_routes": "a"},
            "expects routes that are no names",
        ),
    ],
)
def test_a_line_that_is_neither_is_named_and_the_rest_goes_on(
    line: bytes | str | dict[str, Any], reason: str, tmp_path: Path
) -> None:
    found = read(tmp_path / "a.jsonl", {"text": "before"}, line, {"text": "after"})
    assert found == [
        Recorded(1, ("before",)),
        Malformed(2, reason),
        Recorded(3, ("after",)),
    ]
