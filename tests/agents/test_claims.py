"""An unknown caller who names an address is linked to it, and learns nothing."""

import pytest

from agents.claims import claim_in, named_address
from agents.interpreter import next_move
from agents.moves import Ask, Result
from tests.agents.conftest import Meet
from tests.agents.small import book, facts

ASK = Ask("lookup_customer", {"email": "ann@acme.example"})
REFUSED = Result(ASK.tool, ASK.arguments, None, refused="needs_verification")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("I am ann@acme.example", "ann@acme.example"),
        ("my account is ann@acme.example, please look", "ann@acme.example"),
        ("change it to eve@acme.example", None),
        ("my new address is eve@acme.example", None),
        ("from ann@acme.example to eve@acme.example", "ann@acme.example"),
        ("where is my order", None),
    ],
)
def test_an_address_is_somebodys_own_unless_something_is_to_go_there(
    text: str, address: str | None
) -> None:
    assert named_address(text) == address


def test_the_address_is_looked_up_once_and_changes_nothing_of_the_reply() -> None:
    said = facts("I am ann@acme.example", "main", identity="anonymous")
    asked = next_move(said, book(), [])
    assert asked.calls == (ASK,)
    move = next_move(said, book(), [REFUSED])
    assert (move.text, move.memory["named"]) == ("Done.", "ann@acme.example")
    again = facts("ann@acme.example", "main", identity="anonymous", memory=move.memory)
    assert claim_in(again) is None


def test_a_verified_customer_claims_nobody() -> None:
    assert claim_in(facts("I am ann@acme.example", "main")) is None


@pytest.mark.parametrize("address", ["alice@example.com", "nobody@nowhere.example"])
async def test_a_customers_address_and_nobodys_are_answered_alike(meet: Meet, address: str) -> None:
    said = await meet().say(f"where is my order? I am {address}", "general/order_status")
    other = await meet().say("where is my order? I am x@y.example", "general/order_status")
    assert "lookup_customer" in said.tools
    assert said.text == other.text
