"""What every door does with a customer's message: the same three things, and nothing else."""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from pydantic import AfterValidator, Field

from data import customers
from data.errors import Invalid
from data.texts import is_blank
from graph.inbound import Inbound
from graph.ticket import Ticket
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.auth.tokens import Visitor, visitor_token
from server.wiring import Services

SAFE_ID = r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$"
MOST_CHARS = 8000


def _not_blank(text: str) -> str:
    if is_blank(text):
        raise ValueError("must not be blank")
    return text


not_blank = AfterValidator(_not_blank)

Content = Annotated[str, Field(min_length=1, max_length=MOST_CHARS), not_blank]
SafeId = Annotated[str, Field(pattern=SAFE_ID, description="Up to 128 safe characters")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as a door received it, with what the caller may choose."""

    content: str
    conversation_id: str | None = None
    message_id: str | None = None
    customer_id: int | None = None
    tone: str | None = None
    channel: str = "web"
    sent_at: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is in the inbox."""

    ticket: Ticket
    conversation_token: str | None

    def body(self, result: dict[str, Any]) -> dict[str, Any]:
        """What the caller is told."""
        body = {**result, "message_id": self.ticket.message_id}
        if self.conversation_token:
            body["conversation_token"] = self.conversation_token
        return body

    def accepted(self) -> dict[str, Any]:
        """What the caller is told when the answer takes longer than they wait."""
        conversation_id = self.ticket.scope.conversation_id
        body = {
            "status": "accepted",
            "conversation_id": conversation_id,
            "message_id": self.ticket.message_id,
            "poll": f"/v1/conversations/{conversation_id}/messages",
        }
        if self.conversation_token:
            body["conversation_token"] = self.conversation_token
        return body


async def take(services: Services, caller: Principal, asked: Asked) -> Taken:
    """Accept a message from whoever the credential says it is from.

    Raises:
        Forbidden: the caller may not chat, or may not speak for a customer.
        NotFound: the conversation is not theirs, or there is no such customer.
        Conflict: the message id was used for another message.
    """
    caller.require(Permission.CHAT)
    if asked.customer_id is not None:
        caller = caller.acting_for(asked.customer_id)
        async with services.database.transaction(caller.tenant) as db:
            known = await customers.get_customer(db, caller.tenant, asked.customer_id)
        caller = caller.acting_for(known.id)
    scope = caller.scope(asked.conversation_id or str(uuid4()))
    ticket = await services.turns.take_turn(
        scope,
        Inbound(
            message_id=asked.message_id or str(uuid4()),
            content=asked.content,
            channel=asked.channel,
            tone=asked.tone,
            sent_at=asked.sent_at,
        ),
    )
    token = None
    if caller.newcomer:
        secret = services.authenticator.secrets.visitors
        token = visitor_token(secret, Visitor(caller.tenant, caller.party))
    return Taken(ticket, token)


async def answer(services: Services, taken: Taken) -> dict[str, Any] | None:
    """The message's outcome, or None when it takes longer than the deadline."""
    try:
        async with asyncio.timeout(services.settings.turn_deadline_s):
            return taken.body(await taken.ticket.outcome())
    except TimeoutError:
        return None
    finally:
        taken.ticket.close()


def one_message_id(in_body: str | None, in_header: str | None) -> str | None:
    """The id from wherever it was given.

    Raises:
        Invalid: the two places disagree, or the header's is no safe id.
    """
    if in_header is not None and not re.fullmatch(SAFE_ID, in_header):
        raise Invalid("Idempotency-Key", "must be up to 128 characters of A-Z a-z 0-9 . _ ~ -")
    if in_body and in_header and in_body != in_header:
        raise Invalid("message_id", "differs from the Idempotency-Key header; send one of them")
    return in_body or in_header
