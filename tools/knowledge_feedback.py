"""Saying whether a passage or a curated answer was of use."""

from data import knowledge_feedback
from data.db import Connection
from data.errors import Invalid
from data.knowledge_feedback import NewFeedback
from data.scope import Scope
from tools.operation import Change, Effect, operation


@operation(Effect.WRITE, writes=("knowledge_feedback",))
async def rate_knowledge(db: Connection, scope: Scope, feedback: NewFeedback) -> Change:
    """Keep what somebody thinks of a source.

    Raises:
        Invalid: the knowledge base has no such source.
    """
    if not await knowledge_feedback.source_exists(db, scope.tenant, feedback.source):
        raise Invalid("source", "is none that a search or an answer named")
    return Change(None, await knowledge_feedback.add_feedback(db, scope, feedback))
