"""What those concerned in a waiting handoff are told: the customer, and colleagues by mail."""

from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from agents.phrases import phrase
from data import conversations, messages, operators
from data.db import Connection
from data.handoffs import Handoff
from data.messages import NewMessage
from data.outbox import FETCHED, put_in_outbox
from data.scope import Scope

MOST_ADMINS = 5  # of those in charge who are told


async def tell_customer(
    db: Connection, scope: Scope, handoff: Handoff, at: datetime, words: str
) -> None:
    """Say it in the history, and on the customer's channel."""
    said = NewMessage(_name(handoff, at, "customer"), "system", words, metadata={"by": "job"})
    await messages.add_message(db, scope, said)
    channel = await conversations.channel_of(db, scope)
    if channel not in FETCHED:
        await put_in_outbox(db, scope, said.id, channel, said.content)


async def write_to(
    db: Connection, scope: Scope, handoff: Handoff, who: str, what: str, at: datetime
) -> None:
    """A mail to somebody who signed in; a key has no address."""
    found = await operators.find_party(db, scope.tenant, who)
    if found is None or not found.active:
        return
    text = phrase(
        f"colleague.{what}", conversation=scope.conversation_id, priority=handoff.priority
    )
    await put_in_outbox(
        db, scope, _name(handoff, at, f"{what}:{who}"), "email", text, recipient=found.email
    )


async def write_to_admins(
    db: Connection, scope: Scope, handoff: Handoff, what: str, at: datetime
) -> None:
    """The same to those in charge."""
    for admin in await operators.list_admins(db, scope.tenant, MOST_ADMINS):
        await write_to(db, scope, handoff, f"operator:{admin.id}", what, at)


def _name(handoff: Handoff, at: datetime, what: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"{handoff.id}:{at.isoformat()}:{what}"))
