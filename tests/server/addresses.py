"""Addresses of the OpenAPI document with something in the place of their parameters."""

import re
from uuid import UUID

NOTHING = UUID(int=0)  # an id that no row has

# What stands for a parameter where nobody cares; any other is the id of a conversation.
USUAL: dict[str, object] = {
    "file_path:path": "",
    **dict.fromkeys(("key_id", "session_id", "operator_id", "approval_id"), str(NOTHING)),
    "customer_id": 404_404,
    "ticket_id": 404_404,
    "document_id": 404_404,
}


def filled(path: str, **known: object) -> str:
    """The path with these values, and with ids of nothing for the rest.

    >>> filled("/v1/conversations/{conversation_id}/messages")
    '/v1/conversations/nowhere/messages'
    """
    values = {**USUAL, **known}
    return re.sub(r"\{([^}]+)\}", lambda found: str(values.get(found[1], "nowhere")), path)
