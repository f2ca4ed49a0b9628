"""Whatever a server puts into an answer, the customer reads plain words of a bearable length."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from agents.faults import Unusable
from agents.review import Grounds, ungrounded
from agents.spoken import MOST_CHARS, legible, spoken


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Hello.", "Hello."),
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}], "Hello."),
        ("<think>He is rude.\nStay calm.</think>\n\nHello.", "Hello."),
        ("He is rude.</think>Hello.", "Hello."),
        ("<think>a</think><THINKING>b</THINKING>Hello.", "Hello."),
        ("<think>" + "Let me see. " * MOST_CHARS + "</think>Hello.", "Hello."),
        ("<think>He is rude, and I", ""),
        ("Hel\x00lo\ud83d.", "Hello."),
        ("One.\n\n\tTwo 😀.", "One.\n\n\tTwo 😀."),
    ],
)
def test_only_the_words_for_the_customer_are_left(content: Any, words: str) -> None:
    assert spoken(AIMessage(content)).content == words


def test_what_a_model_writes_into_a_tool_can_be_stored() -> None:
    call = {"name": "create_ticket", "args": {"subject": "a\x00b", "n": [1, "\udc00"]}, "id": "1"}
    (said,) = spoken(AIMessage("", tool_calls=[call])).tool_calls
    assert said["args"] == {"subject": "ab", "n": [1, ""]}
    assert legible({"a": None}) == {"a": None}


@pytest.mark.parametrize("content", ["a" * 10_000_000, "9 " * MOST_CHARS])
def test_an_endless_answer_is_none(content: str) -> None:
    with pytest.raises(Unusable) as raised:
        spoken(AIMessage(content))
    assert raised.value.reason == "too_long"


def test_calls_that_fill_a_book_are_none() -> None:
    call = {"name": "create_ticket", "args": json.loads('{"a": "%s"}' % ("x" * 200_000)), "id": "1"}
    with pytest.raises(Unusable):
        spoken(AIMessage("", tool_calls=[call]))


@pytest.mark.parametrize("unit", ["a", "9 ", "1.", "x@", "$", "I will ", "March ", "one hundred "])
def test_the_longest_answer_that_is_one_is_looked_through_whatever_it_holds(unit: str) -> None:
    text = (unit * MOST_CHARS)[:MOST_CHARS]
    ungrounded(text, Grounds((text,), (text,)))
