"""Play a scripted conversation with the real graph, and leave the database as it was."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from data.business import forget_acts, put_back, read_business
from data.db import Database
from data.scope import Identity, Role, Scope, party_of
from evals.differences import Snapshot, differences
from evals.judge import Heard, Played
from evals.scripts import Conversation
from graph.inbound import Inbound
from graph.turns import Turns

PATIENCE_S = 60.0  # for one reply; far above what a turn takes


@dataclass(frozen=True, slots=True)
class Said:
    """A message, the `result` that its turn ended with, the tools that ran, and all events."""

    text: str
    result: Mapping[str, Any]
    called: tuple[str, ...]
    events: tuple[Mapping[str, Any], ...] = ()


async def play(
    database: Database, turns: Turns, tenants: Sequence[str], conversation: Conversation
) -> Played:
    """Say everything, one message after the other, and look at the tables before and after.

    What changed in `tenants` is put back, so the next conversation finds the same company. No two
    may be played on one database at the same time.

    Raises:
        TimeoutError: a reply took too long.
    """
    before = await read_snapshot(database, tenants)
    scope = scope_for(conversation)
    try:
        heard = [heard_of(await say(turns, scope, turn.says)) for turn in conversation.script.turns]
    finally:
        await turns.drain(PATIENCE_S)
        after = await read_snapshot(database, tenants)
        await undo(database, before, after)
    return Played(tuple(heard), before, after, datetime.now(UTC).date())


def scope_for(conversation: Conversation) -> Scope:
    """A verified customer, or a visitor nobody knows, in a conversation of their own."""
    number = str(uuid4())
    if conversation.customer is None:
        return Scope(conversation.tenant, Role.CUSTOMER, f"visitor:{number}", number)
    return Scope(
        conversation.tenant,
        Role.CUSTOMER,
        party_of(conversation.customer),
        number,
        conversation.customer,
        Identity.VERIFIED,
    )


async def read_snapshot(database: Database, tenants: Sequence[str]) -> Snapshot:
    """The business of these tenants as it is now."""
    found = {}
    for tenant in tenants:
        async with database.transaction(tenant) as db:
            found[tenant] = await read_business(db, tenant)
    return found


async def say(turns: Turns, scope: Scope, text: str) -> Said:
    """One message of a customer's, and what came of it.

    Raises:
        TimeoutError: the reply took too long.
    """
    called: list[str] = []
    events: list[Mapping[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        ticket = await turns.take_turn(scope, Inbound(str(uuid4()), text, "web"))
        async for event in ticket.events():
            events.append(event)
            match event:
                case {"event": "tool", "name": str(name)} if name not in called:
                    called.append(name)
                case {"event": "result", "result": result}:
                    return Said(text, result, tuple(called), tuple(events))
    raise RuntimeError("the turn ended without a result")


def heard_of(said: Said) -> Heard:
    """A message and its answer, as the judge looks at them."""
    result = said.result
    return Heard(
        said=said.text,
        reply=result["response"],
        called=said.called,
        sources=tuple(f"{s['title']} ({s['source']})" for s in result["sources"]),
        handoff=result["handoff"],
        reason=result["handoff_reason"],
        answered_by=result["answered_by"],
    )


async def undo(database: Database, before: Snapshot, after: Snapshot) -> None:
    """Put back what is different, the newest tables first: they refer to the older ones."""
    found = differences(before, after)
    for tenant, tables in before.items():
        mine = [each for each in found if each.tenant == tenant]
        async with database.transaction(tenant) as db:
            await forget_acts(db, tenant)
            for table in reversed(list(tables)):
                here = [each for each in mine if each.table == table]
                await put_back(
                    db,
                    tenant,
                    table,
                    created=[each.id for each in here if each.before is None],
                    originals=[each.before for each in here if each.before is not None],
                )
