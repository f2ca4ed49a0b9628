"""Mail to a customer's address, outside the conversation: codes, and what happened to an account.

It waits in the outbox. A code is not in its row: whoever delivers makes it of the row's id.
"""

from dataclasses import dataclass

from data.db import Connection
from data.personal import opened
from data.rows import fetch_all

NOBODY = ""  # the recipient of a code that was asked for an account that there is not


@dataclass(frozen=True, slots=True)
class Notice:
    """What to send; to NOBODY, nothing. A code's content has `{code}` where the digits belong."""

    id: str
    conversation_id: str
    recipient: str
    is_code: bool
    content: str


async def take_notices(db: Connection, tenant: str, most: int) -> list[Notice]:
    """The oldest that wait, marked as delivered: for one deliverer each, when this commits."""
    taken = await fetch_all(
        db,
        Notice,
        "UPDATE outbox SET delivered_at = now() WHERE tenant = %(tenant)s AND id IN ("
        "  SELECT id FROM outbox WHERE tenant = %(tenant)s AND delivered_at IS NULL"
        "  AND recipient IS NOT NULL ORDER BY created_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)"
        " RETURNING id, conversation_id, recipient, is_code, content",
        {"tenant": tenant, "most": most},
    )
    return [opened(db, tenant, one, ("recipient",)) for one in taken]
