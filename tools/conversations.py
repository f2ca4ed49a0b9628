"""Ending a conversation."""

from data import conversations
from data.db import Connection
from data.errors import Conflict
from data.scope import Scope
from tools.operation import Change, Effect, operation
from tools.permissions import PEOPLE


@operation(Effect.WRITE, reads=("conversations",), writes=("conversations.status",))
async def close_conversation(db: Connection, scope: Scope) -> Change:
    """Close the scope's conversation. A message that comes later opens it again.

    Raises:
        NotFound: there is none.
        Conflict: a message is being answered, or people have it and somebody else asks.
    """
    found = await conversations.lock_existing(db, scope)
    if found.turn_id is not None:
        raise Conflict("a message is being answered; close the conversation after it")
    if found.owner in {"queue", "operator"} and scope.role not in PEOPLE:
        raise Conflict("people have this conversation; they close it")
    await conversations.close(db, scope)
    outcome = {
        "conversation_id": scope.conversation_id,
        "resolution_status": await conversations.resolution(db, scope),
        "sentiment_drift": None,
    }
    return Change({"status": found.status, "owner": found.owner}, outcome, found.customer_id)
