from uuid import uuid4

from data import journal
from data.db import Database
from data.journal import Round
from data.scope import Scope
from tests.acme import ACME, GLOBEX
from tests.data.talk import begun, somebody

ASKED = {"type": "ai", "data": {"content": "ä", "tool_calls": [{"name": "x", "args": {}}]}}


async def test_rounds_come_back_by_their_number(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    rounds = [Round(0, "tech", {"n": 0}), Round(1, "billing", ASKED)]
    async with talks.transaction(ACME) as db:
        for entry in reversed(rounds):
            await journal.record_round(db, scope, claim.turn_id, entry)
        assert await journal.rounds_of(db, scope, claim.turn_id) == dict(enumerate(rounds))


async def test_a_round_stays_as_it_was_first_kept(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    async with talks.transaction(ACME) as db:
        await journal.record_round(db, scope, claim.turn_id, Round(0, "tech", {"n": 1}))
        await journal.record_round(db, scope, claim.turn_id, Round(0, "tech", {"n": 2}))
        kept = await journal.rounds_of(db, scope, claim.turn_id)
    assert kept[0].message == {"n": 1}


async def test_a_fresh_turn_and_another_tenants_have_none(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    async with talks.transaction(ACME) as db:
        await journal.record_round(db, scope, claim.turn_id, Round(0, "tech", {}))
        assert await journal.rounds_of(db, scope, uuid4()) == {}
    elsewhere = Scope(GLOBEX, scope.role, scope.party, scope.conversation_id)
    async with talks.transaction(GLOBEX) as db:
        assert await journal.rounds_of(db, elsewhere, claim.turn_id) == {}
