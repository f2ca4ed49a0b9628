"""The rows of a handoff that nobody took: whose the conversation is, and what is kept of it."""

from agents.phrases import phrase
from data import claims, handoffs, tickets
from data.conversations import Conversation
from data.db import Connection
from data.handoffs import Handoff
from data.scope import Scope
from data.tickets import NewTicket
from graph.summons import tell_customer, write_to_admins

SUBJECT = "Nobody took this conversation"


async def expired(
    db: Connection, scope: Scope, conversation: Conversation, waiting: Handoff
) -> Handoff | None:
    """End it, keep the matter as a ticket, and tell the customer and those in charge.

    Args:
        db: the transaction; it holds the conversation's row.
        scope: the system's, within the conversation.
        conversation: as it is now.
        waiting: what ends, if it still stands as it did then.

    Returns:
        The handoff as it is now; None where somebody took it, or it was ended, meanwhile.
    """
    now = await handoffs.find_last(db, scope)
    if now is None or (now.id, now.status, now.next_rung_at) != (
        waiting.id,
        "pending",
        waiting.next_rung_at,
    ):
        return None
    at = await claims.moment(db)
    await handoffs.close_handoff(db, scope, now.id, "expired")
    ticket = await _ticket_of(db, conversation.scope(scope), now)
    await tell_customer(db, scope, now, at, phrase("waiting.expired", ticket=str(ticket)))
    await write_to_admins(db, scope, now, "expired", at)
    return await handoffs.find_last(db, scope)


async def _ticket_of(db: Connection, scope: Scope, handoff: Handoff) -> int:
    """The number of the conversation's ticket that is not resolved, or of a new one."""
    found = await tickets.list_tickets(db, scope.tenant, conversation_id=scope.conversation_id)
    for ticket in found:
        if ticket.status != "resolved":
            return ticket.id
    new = NewTicket(scope.verified_customer, SUBJECT, handoff.summary, handoff.priority)
    return (await tickets.create_ticket(db, scope, new)).id
