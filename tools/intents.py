"""The messages a tenant labels to show what its customers want."""

from data import intents
from data.db import Connection
from data.intents import Example, Intent
from data.scope import Scope
from tools.operation import Change, Effect, operation

ROUTES = ("billing", "general", "leads", "tech", "handoff")
"""Whose a message can be where a tenant tells no finer intents apart."""


def route_intent(route: str) -> Intent:
    """The intent of whatever belongs to a route."""
    return Intent(route, route, account=route == "billing", description="", keywords=[])


async def label(db: Connection, tenant: str, intent: str, content: str) -> Example:
    """Label a message with an intent of the tenant's, or with a route, which everybody has.

    Raises:
        Invalid: it is neither.
    """
    if intent in ROUTES:
        await intents.add_missing_intent(db, tenant, route_intent(intent))
    return await intents.add_example(db, tenant, intent, content)


@operation(Effect.WRITE, writes=("intents", "intent_examples"))
async def label_example(db: Connection, scope: Scope, intent: str, content: str) -> Change:
    """Label a message; one that is labelled already moves to this intent.

    Raises:
        Invalid: the tenant has no such intent, and it is no route.
    """
    before = await intents.find_example(db, scope.tenant, content)
    return Change(before, await label(db, scope.tenant, intent, content))


@operation(Effect.WRITE, writes=("intent_examples",))
async def forget_example(db: Connection, scope: Scope, example_id: int) -> Change:
    """Take an example away.

    Raises:
        NotFound: the tenant has no such example.
    """
    await intents.delete_example(db, scope.tenant, example_id)
    return Change({"id": example_id}, {"deleted": 1})
