"""Who the customer of an operation is: the context's word, never an argument's."""

from typing import Any

from data import links, writes
from data.db import Connection
from data.errors import NeedsVerification
from data.scope import Scope
from tools.operation import Call


def verified(scope: Scope) -> int:
    """The customer whose records may be opened.

    Raises:
        NeedsVerification: nobody has proved to be one. `tools.operation.check` says so before the
            database is touched; this is for whoever calls a body without it.
    """
    if scope.verified_customer is None:
        raise NeedsVerification("the customer's identity is not verified")
    return scope.verified_customer


async def claim(db: Connection, scope: Scope, call: Call, named: dict[str, Any]) -> None:
    """Link the conversation to whom an unproved caller says to be, as claimed.

    It opens nothing, and whether there is such a customer shows nowhere but to operators: the
    same statements run, and the same rows are written, for a customer and for nobody.

    Raises:
        LeaseLost: the turn was taken over.
    """
    email, number = named.get("email"), named.get("customer_id")
    if email is None and number is None:
        return
    before, after = await links.link_claimed(
        db, scope, call.lease_token, email=email, customer_id=number
    )
    # a key of its own: another run of the turn may write at this place
    write = writes.Write(f"{call.key}:claim", call.turn_id, "claim_customer", named)
    if await writes.claim_write(db, scope, write):
        await writes.complete_write(
            db, scope, write.key, before={"customer_id": before}, after={"customer_id": after}
        )
