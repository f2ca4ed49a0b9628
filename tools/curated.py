"""The answers a tenant wrote by hand: putting one in its place, taking one away."""

from data import curated, intents
from data.curated import CuratedAnswer
from data.db import Connection
from data.errors import Invalid
from data.scope import Scope
from tools.operation import Change, Effect, operation


@operation(Effect.WRITE, writes=("curated_answers",))
async def put_curated_answer(db: Connection, scope: Scope, answer: CuratedAnswer) -> Change:
    """Add an answer, or replace the one of its specialist and name.

    Raises:
        Invalid: it serves an intent that the tenant does not have.
    """
    known = {intent.name for intent in await intents.list_intents(db, scope.tenant)}
    for position, intent in enumerate(answer.intents):
        if intent not in known:
            raise Invalid(f"intents[{position}]", "is no intent of yours; leave it out")
    before = await curated.find_curated(db, scope.tenant, answer.specialist, answer.name)
    await curated.put_curated(db, scope.tenant, [answer])
    return Change(before, answer)


@operation(Effect.WRITE, writes=("curated_answers",))
async def delete_curated_answer(db: Connection, scope: Scope, specialist: str, name: str) -> Change:
    """Take an answer away.

    Raises:
        NotFound: there is none of that specialist and name.
    """
    before = await curated.find_curated(db, scope.tenant, specialist, name)
    await curated.delete_curated(db, scope.tenant, specialist, name)
    return Change(before, {"deleted": 1})
