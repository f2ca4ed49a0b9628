"""A business action that somebody asks for over HTTP: in the request's transaction, and once.

The caller's `Idempotency-Key` names the request: the same again finds what it came to and changes
nothing, another one under that key is refused. Whatever is refused is rolled back with its key.
"""

from typing import Any
from uuid import uuid4

from data import writes
from data.db import Connection
from data.records import plain
from data.scope import Scope
from data.writes import Write
from tools.operation import Operation, check


def write_of(scope: Scope, operation: str, key: str | None, arguments: dict[str, Any]) -> Write:
    """The row of a request; `key` is the caller's own, and two callers may use the same one."""
    named = f"request:{scope.party}:{key}" if key else f"request:{uuid4()}"
    return Write(named, None, operation, plain(arguments))


async def carry_out(
    db: Connection, scope: Scope, action: Operation, key: str | None, arguments: dict[str, Any]
) -> Any:
    """Do it, or find that it was done.

    Args:
        db: the request's transaction.
        scope: who asks.
        action: a WRITE.
        key: the caller's Idempotency-Key, if they sent one.
        arguments: of the action's body, checked by whoever took the request.

    Returns:
        What the action left, as plain values.

    Raises:
        Forbidden: the caller's role may not.
        NeedsVerification: it takes a known customer.
        Conflict: the key was used for another request.
    """
    check(action, scope)
    write = write_of(scope, action.name, key, arguments)
    if not await writes.claim_write(db, scope, write):
        return await writes.repeated(db, scope, write)
    change = await action.body(db, scope, **arguments)
    before, after = plain(change.before), plain(change.after)
    await writes.complete_write(
        db, scope, write.key, before=before, after=after, customer_id=change.customer_id
    )
    return after
