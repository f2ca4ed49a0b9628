"""Noting what customers ask and the knowledge base does not answer."""

from collections.abc import Sequence

from data.db import Database
from data.gaps import Origin, add_gap
from data.scope import Scope
from retrievers.search import Passage

KNOWLEDGE_THRESHOLD = 0.6  # of a passage's calibrated score, see spec G7


async def note_gap(
    database: Database, scope: Scope, question: str, found: Sequence[Passage], origin: Origin
) -> None:
    """Keep the question where no passage answers it."""
    best = max((passage.score for passage in found), default=None)
    if not question.strip() or (best is not None and best >= KNOWLEDGE_THRESHOLD):
        return
    async with database.transaction(scope.tenant) as db:
        await add_gap(db, scope, question, origin, best)
