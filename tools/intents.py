"""The messages a tenant labels to show what its customers want."""

from data import intents
from data.db import Connection
from data.scope import Scope
from tools.operation import Change, Effect, operation


@operation(Effect.WRITE, writes=("intent_examples",))
async def label_example(db: Connection, scope: Scope, intent: str, content: str) -> Change:
    """Label a message; one that is labelled already moves to this intent.

    Raises:
        Invalid: the tenant has no such intent.
    """
    before = await intents.find_example(db, scope.tenant, content)
    return Change(before, await intents.add_example(db, scope.tenant, intent, content))


@operation(Effect.WRITE, writes=("intent_examples",))
async def forget_example(db: Connection, scope: Scope, example_id: int) -> Change:
    """Take an example away.

    Raises:
        NotFound: the tenant has no such example.
    """
    await intents.delete_example(db, scope.tenant, example_id)
    return Change({"id": example_id}, {"deleted": 1})
