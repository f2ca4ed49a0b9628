"""The demo company's customers by their first names, each in a conversation of their own."""

from typing import Literal
from uuid import uuid4

from data.scope import Identity, Role, Scope, party_of

TENANT = "demo"
CUSTOMERS = {"alice": 1, "bob": 2, "carol": 3}

Who = Literal["visitor", "alice", "bob", "carol"]


def caller(who: Who) -> Scope:
    """A verified customer, or a visitor nobody knows."""
    name = str(uuid4())
    if who == "visitor":
        return Scope(TENANT, Role.CUSTOMER, f"visitor:{name}", name)
    number = CUSTOMERS[who]
    return Scope(TENANT, Role.CUSTOMER, party_of(number), name, number, Identity.VERIFIED)
