"""Conversations of the tenant acme, for tests of their rows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from data import claims, conversations, handoffs, turns
from data.conversations import Conversation
from data.db import Connection, Database
from data.handoffs import NewHandoff
from data.messages import NewMessage, add_message
from data.scope import Role, Scope
from data.turns import Claim, Ending
from tests.acme import ACME


def somebody() -> Scope:
    """An anonymous customer in a conversation of their own."""
    conversation_id = str(uuid4())
    return Scope(ACME, Role.CUSTOMER, f"visitor:{conversation_id}", conversation_id)


def words(message_id: str, content: str = "Hello", **known: Any) -> NewMessage:
    return NewMessage(message_id, "customer", content, **known)


async def accept(database: Database, scope: Scope, *new: NewMessage) -> Claim | None:
    """Messages come in, in one transaction; the claim, if a turn may begin."""
    async with database.transaction(scope.tenant) as db:
        found = await conversations.lock_conversation(db, scope, "web")
        for message in new:
            await add_message(db, scope, message)
        return await turns.claim_turn(db, scope, found)


async def begun(database: Database, scope: Scope, *new: NewMessage) -> Claim:
    """A turn under way."""
    claim = await accept(database, scope, *(new or (words("m1"),)))
    assert claim
    return claim


def answer(claim: Claim, **known: Any) -> Ending:
    """An ordinary ending; `known` replaces parts of it."""
    reply = NewMessage(f"reply-{claim.turn_id}", "assistant", "Hi.", turn_id=claim.turn_id)
    plain: dict[str, Any] = {
        "status": "answered",
        "owner": "ai",
        "result": {"response": "Hi."},
        "replies": (reply,),
    }
    return Ending(**{**plain, **known})


async def finish(database: Database, scope: Scope, claim: Claim, **known: Any) -> Claim | None:
    async with database.transaction(scope.tenant) as db:
        return await turns.finish_turn(db, scope, claim, answer(claim, **known))


async def lease_runs_out(db: Connection, scope: Scope) -> Conversation:
    """As if LEASE_S had passed; the conversation, locked."""
    await conversations.lock_existing(db, scope)
    await db.execute(
        "UPDATE conversations SET lease_until = now() - interval '1 second' WHERE id = %s",
        [scope.conversation_id],
    )
    return await conversations.lock_existing(db, scope)


async def take_over(database: Database, scope: Scope) -> Claim:
    """What another process does with a turn whose lease ran out."""
    async with database.transaction(scope.tenant) as db:
        claim = await turns.claim_turn(db, scope, await lease_runs_out(db, scope))
    assert claim
    return claim


async def column(database: Database, scope: Scope, query: str) -> Sequence[Any]:
    """The first column of a query about the conversation `%(id)s`."""
    async with database.transaction(scope.tenant) as db:
        cursor = await db.execute(query, {"id": scope.conversation_id})
        return [row[0] for row in await cursor.fetchall()]


def wanted(reason: str = "legal", priority: str = "high", within_s: int = 300) -> NewHandoff:
    return NewHandoff(
        uuid4(), reason, (reason, "policy"), "They sue.", priority, "interrupt-1", within_s
    )


async def owned_by(db: Connection, scope: Scope, owner: str) -> None:
    """Give the conversation to the queue, an operator, nobody, or back to the AI."""
    if owner in {"queue", "operator"}:
        await handoffs.open_handoff(db, scope, UUID(int=0), wanted())
    if owner == "operator":
        life = timedelta(minutes=1)
        await claims.take(db, scope, "operator:1", await claims.moment(db), life)
    if owner == "closed":
        await conversations.close(db, scope)
    if owner == "ai":
        handoff = await handoffs.lock_open_handoff(db, scope)
        await handoffs.close_handoff(db, scope, handoff.id, "returned", None)
