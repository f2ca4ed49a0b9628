"""What the company has written down for its customers."""

from functools import partial
from typing import Annotated

from pydantic import Field

from data.db import Database
from data.messages import last_reply
from data.scope import Scope
from data.texts import Text
from retrievers.embed import Embedder
from retrievers.search import Passage, search
from tools.gaps import note_gap
from tools.identifiers import without_identifiers
from tools.operation import Effect, Operation, operation

PASSAGES = 6  # about 400 words: of the questions whose article is known, 60 instead of 59 are right


def knowledge_search_in(database: Database, embedder: Embedder) -> Operation:
    """The operation `knowledge_search`, bound once at wiring time to what it searches with."""

    @operation(Effect.READ)
    async def knowledge_search(
        scope: Scope,
        query: Annotated[Text, Field(max_length=500, description="The question, in full words")],
        category: Annotated[
            Text | None,
            Field(max_length=100, description="Only if a passage found before named it"),
        ] = None,
    ) -> list[Passage]:
        """Search the company's articles for what a customer asks; best first, with sources.

        What the customer was told before is part of the question, and the specialist's own
        articles come first. A category that finds nothing is ignored: a model may have made it up.
        """
        query = without_identifiers(query)
        async with database.reading(scope.tenant) as db:
            earlier = await last_reply(db, scope)
        look = partial(
            search,
            database,
            embedder,
            scope.tenant,
            query,
            earlier=earlier,
            favour=scope.specialist,
            limit=PASSAGES,
        )
        found = await look(category=category)
        if not found and category is not None:
            found = await look()
        await note_gap(database, scope, query, found, "chat")
        return found

    return knowledge_search
