import asyncio
from dataclasses import replace

import pytest

from data import conversations
from data.conversations import Filter
from data.db import Database
from data.errors import NotFound
from data.handoffs import NewHandoff
from data.scope import Identity, Role, Scope
from tests.acme import ACME, GLOBEX
from tests.data.talk import accept, begun, column, finish, somebody, words


async def opened(talks: Database, scope: Scope) -> None:
    async with talks.transaction(scope.tenant) as db:
        await conversations.lock_conversation(db, scope, "web")


async def test_the_first_message_opens_a_conversation(talks: Database) -> None:
    scope = replace(somebody(), customer_id=7, identity=Identity.VERIFIED)
    async with talks.transaction(ACME) as db:
        found = await conversations.lock_conversation(db, scope, "whatsapp")
    assert (found.party, found.customer_id, found.identity) == (scope.party, 7, "verified")
    assert (found.channel, found.status, found.owner, found.free) == (
        "whatsapp",
        "active",
        "ai",
        True,
    )


async def test_a_second_message_finds_it_as_it_was_opened(talks: Database) -> None:
    scope = somebody()
    await opened(talks, scope)
    async with talks.transaction(ACME) as db:
        found = await conversations.lock_conversation(db, scope, "email")
    assert found.channel == "web"


async def test_many_first_messages_at_once_open_one(talks: Database) -> None:
    scope = somebody()
    await asyncio.gather(*(opened(talks, scope) for _ in range(20)))
    count = "SELECT count(*) FROM conversations WHERE id = %(id)s"
    assert await column(talks, scope, count) == [1]


async def test_another_party_finds_nothing_there(talks: Database) -> None:
    scope = somebody()
    await opened(talks, scope)
    with pytest.raises(NotFound):
        await opened(talks, replace(scope, party="visitor:stranger"))


async def test_the_same_id_is_free_in_another_tenant(talks: Database) -> None:
    scope = somebody()
    await opened(talks, scope)
    await opened(talks, replace(scope, tenant=GLOBEX, party="visitor:other"))
    async with talks.transaction(ACME) as db:
        assert (await conversations.get_conversation(db, scope)).party == scope.party


async def test_one_that_never_was_is_not_found(talks: Database) -> None:
    async with talks.transaction(ACME) as db:
        for look in (conversations.get_conversation, conversations.lock_existing):
            with pytest.raises(NotFound):
                await look(db, somebody())


async def test_a_locked_conversation_makes_the_next_one_wait(talks: Database) -> None:
    scope = somebody()
    await opened(talks, scope)
    async with talks.transaction(ACME) as db:
        await conversations.lock_existing(db, scope)
        waiting = asyncio.create_task(opened(talks, scope))
        await asyncio.sleep(0.1)
        assert not waiting.done()
    await waiting


async def test_whoever_asks_acts_as_the_customer_it_is_linked_to(talks: Database) -> None:
    linked = replace(somebody(), customer_id=7, identity=Identity.CLAIMED)
    await opened(talks, linked)
    async with talks.transaction(ACME) as db:
        found = await conversations.get_conversation(db, linked)
    nobody = Scope(ACME, Role.CUSTOMER, "", linked.conversation_id)
    known = found.scope(nobody)
    assert (known.party, known.customer_id, known.identity) == (linked.party, 7, Identity.CLAIMED)
    better = replace(nobody, customer_id=7, identity=Identity.VERIFIED)
    assert found.scope(better).identity is Identity.VERIFIED


async def test_a_closed_one_can_be_opened_again(talks: Database) -> None:
    scope = somebody()
    await opened(talks, scope)
    async with talks.transaction(ACME) as db:
        await conversations.close(db, scope)
        found = await conversations.get_conversation(db, scope)
        assert (found.owner, found.status) == ("closed", "closed")
        found = await conversations.reopen(db, scope)
    assert (found.owner, found.status) == ("ai", "active")


async def test_what_came_of_it(talks: Database) -> None:
    scope = somebody()
    await opened(talks, scope)

    async def resolution() -> str:
        async with talks.transaction(ACME) as db:
            return await conversations.resolution(db, scope)

    assert await resolution() == "unresolved"
    claim = await begun(talks, scope)
    await finish(talks, scope, claim, status="failed")
    assert await resolution() == "unresolved"
    claim = await begun(talks, scope, words("m2"))
    await finish(talks, scope, claim)
    assert await resolution() == "resolved"
    claim = await begun(talks, scope, words("m3"))
    handoff = NewHandoff(claim.turn_id, "legal", ("legal",), "They sue.", "high", None, 300)
    await finish(talks, scope, claim, owner="queue", handoff=handoff)
    assert await resolution() == "escalated"


async def test_a_list_is_newest_first_filtered_and_in_pages(db: Database) -> None:
    scopes = [somebody() for _ in range(5)]
    for scope in scopes:
        await accept(db, scope)
    async with db.transaction(ACME) as tx:
        await conversations.close(tx, scopes[0])
        first = await conversations.list_conversations(tx, ACME, Filter(limit=3))
        last = first[-1]
        rest = await conversations.list_conversations(
            tx, ACME, Filter(before=(last.created_at, last.id))
        )
        closed = await conversations.list_conversations(tx, ACME, Filter(status="closed"))
        own = await conversations.list_conversations(tx, ACME, Filter(party=scopes[1].party))
        none = await conversations.list_conversations(tx, ACME, Filter(channel="email"))
    newest = [scope.conversation_id for scope in scopes[::-1]]
    assert [one.id for one in first + rest] == newest
    assert [one.id for one in closed] == [scopes[0].conversation_id]
    assert [one.id for one in own] == [scopes[1].conversation_id]
    assert none == []
