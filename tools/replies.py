"""Sending a customer something besides the answer of the turn."""

from typing import Annotated, Literal
from uuid import uuid4

from pydantic import Field

from data import conversations, customers
from data.db import Connection
from data.errors import Conflict, NeedsVerification
from data.messages import NewMessage, add_message
from data.outbox import FETCHED, put_in_outbox
from data.scope import Scope
from data.texts import Text
from tools.operation import Change, Effect, operation

Channel = Annotated[
    Literal["web", "api", "email", "whatsapp", "webform"],
    Field(description="This conversation's own channel, or email or whatsapp"),
]
Content = Annotated[
    Text, Field(max_length=4000, description="The message, worded for that channel")
]


@operation(Effect.WRITE, reads=("customers",), writes=("messages", "outbox"), spoken="content")
async def send_reply(db: Connection, scope: Scope, channel: Channel, content: Content) -> Change:
    """Send this customer a message besides your answer, which is sent by itself: say, by e-mail.

    It goes to whoever the conversation is with, or to the address on a verified customer's file;
    no argument names a recipient.

    Raises:
        NeedsVerification: another channel than the conversation's, and nobody proved who they are.
        Conflict: there is no way to reach the customer on that channel.
    """
    own = await conversations.channel_of(db, scope)
    recipient = None if channel == own else await _address(db, scope, channel)
    message = NewMessage(str(uuid4()), "assistant", content, metadata={"channel": channel})
    await add_message(db, scope, message)
    if channel not in FETCHED:
        await put_in_outbox(db, scope, message.id, channel, content, recipient=recipient)
    return Change(None, {"sent": message.id, "channel": channel})


async def _address(db: Connection, scope: Scope, channel: str) -> str:
    """Where a verified customer is reached on a channel that is not the conversation's."""
    if channel not in {"email", "whatsapp"}:
        raise Conflict(f"this conversation is not on {channel}; answer in words instead")
    if scope.verified_customer is None:
        raise NeedsVerification(
            "only a verified customer is written to on another channel; answer here instead"
        )
    customer = await customers.get_customer(db, scope.tenant, scope.verified_customer)
    address = customer.email if channel == "email" else customer.phone
    if address is None:
        raise Conflict(f"no address for {channel} is on file; answer here instead")
    return address
