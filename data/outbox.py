"""The outbox: what a channel still has to deliver, written with the change it tells of."""

from data.db import Connection
from data.personal import personal_of
from data.scope import Scope

FETCHED = frozenset({"web", "api"})  # channels whose callers fetch what is said themselves


async def put_in_outbox(
    db: Connection,
    scope: Scope,
    message_id: str,
    channel: str,
    content: str,
    *,
    recipient: str | None = None,
) -> None:
    """Have something delivered; the same id again changes nothing.

    Without a recipient it goes to whoever the conversation is with.
    """
    if recipient is not None:
        recipient = (await personal_of(db, scope.tenant)).text(recipient)
    await db.execute(
        "INSERT INTO outbox (tenant, id, conversation_id, channel, content, recipient)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (scope.tenant, message_id, scope.conversation_id, channel, content, recipient),
    )
