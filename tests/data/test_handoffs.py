from uuid import UUID, uuid4

import pytest

from data import handoffs
from data.db import Database
from data.errors import NotFound
from data.handoffs import NewHandoff
from data.scope import Scope
from tests.acme import ACME, GLOBEX
from tests.data.talk import begun, somebody, wanted


async def opened(talks: Database, new: NewHandoff, scope: Scope | None = None) -> Scope:
    """A conversation that waits for people."""
    scope = scope or somebody()
    claim = await begun(talks, scope)
    async with talks.transaction(ACME) as db:
        await handoffs.open_handoff(db, scope, claim.turn_id, new)
    return scope


async def ended(
    talks: Database, scope: Scope, handoff_id: UUID, status: str, note: str | None = None
) -> None:
    async with talks.transaction(ACME) as db:
        await handoffs.close_handoff(db, scope, handoff_id, status, note)


async def test_an_open_handoff_is_found_with_all_it_says(talks: Database) -> None:
    new = wanted()
    scope = await opened(talks, new)
    async with talks.transaction(ACME) as db:
        found = await handoffs.lock_open_handoff(db, scope)
    assert (found.id, found.status, found.conversation_id) == (
        new.id,
        "pending",
        scope.conversation_id,
    )
    assert (found.reason, found.reasons) == ("legal", ["legal", "policy"])
    assert (found.summary, found.priority, found.interrupt_id) == (
        "They sue.",
        "high",
        "interrupt-1",
    )
    assert (found.assigned_to, found.note) == (None, None)


async def test_opening_twice_is_opening_once(talks: Database) -> None:
    new = wanted()
    scope = await opened(talks, new)
    async with talks.transaction(ACME) as db:
        await handoffs.open_handoff(db, scope, uuid4(), new)
        await handoffs.open_handoff(db, scope, uuid4(), wanted("refund"))
        assert (await handoffs.lock_open_handoff(db, scope)).id == new.id


@pytest.mark.parametrize("status", ["returned", "resolved"])
async def test_a_closed_handoff_is_open_no_more_and_another_may_follow(
    talks: Database, status: str
) -> None:
    new, later = wanted(), wanted("refund")
    scope = await opened(talks, new)
    await ended(talks, scope, new.id, status, "Called her.")
    async with talks.transaction(ACME) as db:
        with pytest.raises(NotFound):
            await handoffs.lock_open_handoff(db, scope)
        await handoffs.open_handoff(db, scope, uuid4(), later)
        assert (await handoffs.lock_open_handoff(db, scope)).id == later.id


async def test_another_tenant_sees_no_handoff(talks: Database) -> None:
    scope = await opened(talks, wanted())
    elsewhere = Scope(GLOBEX, scope.role, scope.party, scope.conversation_id)
    async with talks.transaction(GLOBEX) as db:
        with pytest.raises(NotFound):
            await handoffs.lock_open_handoff(db, elsewhere)
        assert await handoffs.list_handoffs(db, GLOBEX) == []


async def test_the_queue_is_by_urgency_then_by_waiting_time_then_the_rest(db: Database) -> None:
    new = {
        name: wanted(priority=name.split()[0])
        for name in ("low", "high early", "medium", "high late", "low ended")
    }
    for each in new.values():
        scope = await opened(db, each)
    await ended(db, scope, new["low ended"].id, "resolved", "Done.")
    async with db.transaction(ACME) as tx:
        listed = await handoffs.list_handoffs(tx, ACME)
        assert len(await handoffs.list_handoffs(tx, ACME, limit=2)) == 2
    names = {each.id: name for name, each in new.items()}
    assert [names[one.id] for one in listed] == [
        "high early",
        "high late",
        "medium",
        "low",
        "low ended",
    ]
    assert (listed[-1].status, listed[-1].note) == ("resolved", "Done.")
