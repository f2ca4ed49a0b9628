"""What is taken for a one-time code, and what is left of a message without it."""

import pytest

from tools.code_words import PLACEHOLDER, beside_code, find_code, without_code

P = PLACEHOLDER


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("123456", P),
        (" 123 456 ", f" {P} "),
        ("123-456.", f"{P}."),
        ("1 2 3 4 5 6", P),
        ("my code is 123456", f"my code is {P}"),
        ("Code: 123456!", f"Code: {P}!"),
        ("it's 123456, thanks", f"it's {P}, thanks"),
        ("123456 or was it 654321?", f"{P} or was it {P}?"),
    ],
)
def test_a_code_is_taken_out_however_it_is_written(text: str, kept: str) -> None:
    assert without_code(text, expected=True) == kept
    found = find_code(text, expected=True)
    assert found is not None
    assert found == "123456"


@pytest.mark.parametrize(
    "text",
    [
        "order 123456",
        "My order number is 123456",
        "ticket no. 123456",
        "12345",
        "1234567",
        "555-123-4567",
        "call 555 123 456 789",
        "$123456",
        "a@123456.test",
        "2026-03-01",
        "123456%",
        "3.141592",
        "",
    ],
)
def test_other_numbers_are_no_codes(text: str) -> None:
    assert find_code(text, expected=True) is None
    assert without_code(text, expected=True) == text


@pytest.mark.parametrize(
    ("text", "is_code"),
    [("123456", True), ("code 123456", True), ("I paid 123456", False), ("order 123456", False)],
)
def test_where_none_is_expected_it_has_to_stand_alone_or_be_called_one(
    text: str, is_code: bool
) -> None:
    assert (find_code(text, expected=False) is not None) is is_code


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (P, ""),
        (f"My code is {P}.", ""),
        (f"ok here you go: {P}, thanks!", ""),
        (f"{P} - where is order 7?", "- where is order 7?"),
        (f"The code is {P}\nand cancel it", "The code is and cancel it"),
    ],
)
def test_what_else_is_said_is_kept(text: str, rest: str) -> None:
    assert beside_code(text) == rest
