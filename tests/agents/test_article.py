"""Drafts of articles: the operators' own sentences, without what is one customer's."""

import pytest

from agents.article import LEFT_OUT, Answered, compiled, without_private

FAX = "Do you have a fax number?"
ALICE = ("Alice Moreau", "Alice", "Moreau", "alice@example.com")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Write to alice@example.com.", f"Write to {LEFT_OUT}."),
        ("I called you on +1 (555) 010-9999.", f"I called you on {LEFT_OUT}."),
        ("Your order number 4711 is here.", f"Your order number {LEFT_OUT} is here."),
        ("I opened ticket #12-A for it.", f"I opened ticket #{LEFT_OUT} for it."),
        ("Tracking: SWP4821966120", f"Tracking: {LEFT_OUT}"),
        ("Thank you, Ms. Moreau!", f"Thank you, Ms. {LEFT_OUT}!"),
        ("ALICE, it takes 3 days and costs $5.", f"{LEFT_OUT}, it takes 3 days and costs $5."),
        ("The malice of alicelike names.", "The malice of alicelike names."),
        ("The number of days is 30.", "The number of days is 30."),
    ],
)
def test_what_is_private_is_left_out(text: str, left: str) -> None:
    assert without_private(text, ALICE) == left


def test_a_draft_has_each_sentence_once_and_no_courtesies() -> None:
    said = ["Hello Alice, one moment.", "We have no fax; send a photo of the page to this chat."]
    made = compiled(FAX, [Answered(FAX, said, ALICE), Answered("fax?", said, ALICE)])
    assert made.title == FAX
    assert made.content == f"# {FAX}\n\n{said[1]}"
    assert not made.by_model


def test_a_customers_name_does_not_get_into_the_title() -> None:
    made = compiled("Can Alice Moreau send a fax?", [Answered("x", ["We have no fax."], ALICE)])
    assert "Alice" not in made.content
