"""Whom a caller whom nobody knows says to be, by an e-mail address. Pure functions.

The look-up links the conversation to that customer, as claimed, for the operators; it opens nothing
and its answer is the same whether there is such a customer or not, so nothing is made of it.
"""

import re

from agents.facts import Facts
from agents.moves import Ask
from agents.slots import EMAIL

VERIFIED = "verified"

# An address that something is to be changed or sent to is not who somebody is.
GOAL = re.compile(r"\b(?:to|new (?:e-?mail|address|one)(?: address)?(?: is)?:?)\W*$", re.IGNORECASE)


def claim_in(facts: Facts) -> Ask | None:
    """The look-up of the address that a message names; None where there is none to make.

    An address is looked up once: `memory["named"]` is the last one.
    """
    address = named_address(facts.text)
    if facts.identity == VERIFIED or address in (None, facts.memory.get("named")):
        return None
    return Ask("lookup_customer", {"email": address})


def named_address(text: str) -> str | None:
    """The first address that may be somebody's own.

    >>> named_address("I am jane@example.com."), named_address("change it to eve@example.com")
    ('jane@example.com', None)
    """
    for found in EMAIL.finditer(text):
        if not GOAL.search(text[: found.start()]):
            return found.group(0).rstrip(".")
    return None
