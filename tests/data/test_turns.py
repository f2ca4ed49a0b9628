import asyncio
from uuid import UUID, uuid4

import pytest

from data import conversations, turns
from data.db import Database
from data.errors import LeaseLost, NotFound
from data.handoffs import NewHandoff
from data.turns import MOST_MESSAGES
from tests.acme import ACME, GLOBEX
from tests.data.talk import (
    accept,
    begun,
    column,
    finish,
    lease_runs_out,
    owned_by,
    somebody,
    take_over,
    words,
)

TURN_OF = "SELECT turn_id FROM messages WHERE conversation_id = %(id)s AND role = 'customer'"
IN_ORDER = " ORDER BY seq"
REPLIES = "SELECT content FROM messages WHERE conversation_id = %(id)s AND role = 'assistant'"


async def test_the_first_message_begins_a_turn(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    assert (claim.lease_token, claim.attempts) == (1, 1)
    assert await column(talks, scope, TURN_OF) == [claim.turn_id]
    async with talks.transaction(ACME) as db:
        turn = await turns.get_turn(db, ACME, claim.turn_id)
        found = await conversations.get_conversation(db, scope)
    assert (turn.status, turn.attempts, turn.result) == ("running", 1, None)
    assert (found.turn_id, found.free) == (claim.turn_id, False)


async def test_a_message_during_a_turn_waits(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    assert await accept(talks, scope, words("m2")) is None
    assert await column(talks, scope, TURN_OF + IN_ORDER) == [claim.turn_id, None]


async def test_nothing_that_waits_begins_nothing(talks: Database) -> None:
    scope = somebody()
    assert await accept(talks, scope) is None
    claim = await begun(talks, scope)
    assert await finish(talks, scope, claim) is None
    assert await accept(talks, scope) is None


async def test_what_waited_is_the_next_turn_under_a_new_lease(talks: Database) -> None:
    scope = somebody()
    first = await begun(talks, scope)
    await accept(talks, scope, words("m2"))
    await accept(talks, scope, words("m3"))
    second = await finish(talks, scope, first)
    assert second
    assert (second.lease_token, second.attempts) == (first.lease_token + 1, 1)
    expected = [first.turn_id, second.turn_id, second.turn_id]
    assert await column(talks, scope, TURN_OF + IN_ORDER) == expected
    assert await finish(talks, scope, second) is None
    async with talks.transaction(ACME) as db:
        found = await conversations.get_conversation(db, scope)
    assert (found.turn_id, found.free, found.owner) == (None, True, "ai")


async def test_a_turn_takes_the_messages_that_waited_longest(talks: Database) -> None:
    scope = somebody()
    crowd = [words(f"m{n}") for n in range(MOST_MESSAGES + 3)]
    first = await begun(talks, scope, *crowd)
    turn_of = await column(talks, scope, TURN_OF + IN_ORDER)
    assert turn_of == [first.turn_id] * MOST_MESSAGES + [None] * 3
    second = await finish(talks, scope, first)
    assert second
    assert (await column(talks, scope, TURN_OF + IN_ORDER)).count(second.turn_id) == 3


async def test_an_ending_leaves_reply_result_and_what_is_known(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    known = {"intent": "greeting", "specialist": "general", "sentiment": (0.5, "positive")}
    await finish(talks, scope, claim, **known)
    async with talks.transaction(ACME) as db:
        turn = await turns.get_turn(db, ACME, claim.turn_id)
        found = await conversations.get_conversation(db, scope)
    assert (turn.status, turn.result) == ("answered", {"response": "Hi."})
    assert turn.finished_at
    assert turn.finished_at >= turn.created_at
    assert (found.intent, found.specialist) == ("greeting", "general")
    assert (found.sentiment_score, found.sentiment_label) == (0.5, "positive")
    assert await column(talks, scope, REPLIES) == ["Hi."]


async def test_what_an_ending_does_not_know_stays_as_it_was(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    await finish(talks, scope, claim, intent="greeting", sentiment=(0.5, "positive"))
    claim = await begun(talks, scope, words("m2"))
    await finish(talks, scope, claim)
    async with talks.transaction(ACME) as db:
        found = await conversations.get_conversation(db, scope)
    assert (found.intent, found.sentiment_label) == ("greeting", "positive")


async def test_a_turn_can_end_only_once(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    await finish(talks, scope, claim)
    with pytest.raises(LeaseLost, match=scope.conversation_id):
        await finish(talks, scope, claim)
    assert await column(talks, scope, REPLIES) == ["Hi."]


async def test_a_handoff_gives_what_waited_to_people(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    await accept(talks, scope, words("m2"))
    handoff = NewHandoff(uuid4(), "legal", ("legal",), "They sue.", "high", None, 300)
    known = {"owner": "queue", "status": "handed_over", "handoff": handoff}
    assert await finish(talks, scope, claim, **known) is None
    for_people = "SELECT for_people FROM messages WHERE conversation_id = %(id)s"
    assert await column(talks, scope, for_people + IN_ORDER) == [False, True, False]
    reasons = "SELECT reason FROM handoffs WHERE conversation_id = %(id)s"
    assert await column(talks, scope, reasons) == ["legal"]
    assert await accept(talks, scope) is None  # the AI has nothing to do here


async def test_a_reply_to_be_delivered_is_in_the_outbox_once(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    await finish(talks, scope, claim, deliver_by="whatsapp")
    outbox = "SELECT channel || ' ' || content FROM outbox WHERE conversation_id = %(id)s"
    assert await column(talks, scope, outbox) == ["whatsapp Hi."]


async def test_a_dead_process_is_taken_over_with_the_same_turn(talks: Database) -> None:
    scope = somebody()
    dead = await begun(talks, scope)
    await accept(talks, scope, words("m2"))
    claim = await take_over(talks, scope)
    assert (claim.turn_id, claim.attempts) == (dead.turn_id, 2)
    assert claim.lease_token == dead.lease_token + 1
    assert await column(talks, scope, TURN_OF + IN_ORDER) == [dead.turn_id, None]
    assert (await take_over(talks, scope)).attempts == 3


async def test_a_lease_that_runs_is_not_taken(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    assert await accept(talks, scope) is None
    async with talks.transaction(ACME) as db:
        await turns.renew_lease(db, scope, claim.lease_token)


@pytest.mark.parametrize("owner", ["queue", "operator", "closed"])
async def test_a_dead_turn_is_taken_over_whoever_owns_the_conversation(
    talks: Database, owner: str
) -> None:
    scope = somebody()
    await begun(talks, scope)
    async with talks.transaction(ACME) as db:
        await owned_by(db, scope, owner)
    assert (await take_over(talks, scope)).attempts == 2


async def test_whoever_was_taken_over_can_write_nothing(talks: Database) -> None:
    scope = somebody()
    stale = await begun(talks, scope)
    await take_over(talks, scope)
    with pytest.raises(LeaseLost):
        await finish(talks, scope, stale)
    for fenced in (turns.renew_lease, turns.hold_lease):
        with pytest.raises(LeaseLost):
            async with talks.transaction(ACME) as db:
                await fenced(db, scope, stale.lease_token)
    assert await column(talks, scope, REPLIES) == []


async def test_a_lease_that_ran_out_is_still_good_until_somebody_takes_it(
    talks: Database,
) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    async with talks.transaction(ACME) as db:
        assert (await lease_runs_out(db, scope)).free
        await turns.hold_lease(db, scope, claim.lease_token)
        await turns.renew_lease(db, scope, claim.lease_token)
        assert not (await conversations.get_conversation(db, scope)).free
    await finish(talks, scope, claim)


async def test_a_held_lease_does_not_change_hands_but_can_be_held_by_many(
    talks: Database,
) -> None:
    scope = somebody()
    claim = await begun(talks, scope)
    async with talks.transaction(ACME) as one, talks.transaction(ACME) as two:
        await turns.hold_lease(one, scope, claim.lease_token)
        await turns.hold_lease(two, scope, claim.lease_token)
        taking = asyncio.create_task(take_over(talks, scope))
        await asyncio.sleep(0.1)
        assert not taking.done()
    assert (await taking).attempts == 2


async def test_of_many_that_take_over_at_once_one_gets_the_turn(talks: Database) -> None:
    scope = somebody()
    await begun(talks, scope)
    async with talks.transaction(ACME) as db:
        await lease_runs_out(db, scope)
    claims = await asyncio.gather(*(accept(talks, scope) for _ in range(8)))
    (won,) = [claim for claim in claims if claim]
    assert won.attempts == 2


async def test_a_turn_of_another_tenant_is_not_found(talks: Database) -> None:
    claim = await begun(talks, somebody())
    for tenant, turn_id in ((GLOBEX, claim.turn_id), (ACME, UUID(int=0))):
        async with talks.transaction(tenant) as db:
            with pytest.raises(NotFound):
                await turns.get_turn(db, tenant, turn_id)


async def test_stale_conversations_are_found_across_tenants_oldest_first(db: Database) -> None:
    stale, running, finished = somebody(), somebody(), somebody()
    older = somebody()
    for scope in (stale, running, finished, older):
        claim = await begun(db, scope)
        if scope is finished:
            await finish(db, scope, claim)
    async with db.transaction(ACME) as tx:
        await lease_runs_out(tx, stale)
        await tx.execute(
            "UPDATE conversations SET lease_until = now() - interval '1 hour' WHERE id = %s",
            [older.conversation_id],
        )
    async with db.ops_transaction() as ops:
        found = await turns.stale_conversations(ops, 10)
        assert await turns.stale_conversations(ops, 1) == found[:1]
    assert found == [(ACME, older.conversation_id), (ACME, stale.conversation_id)]
