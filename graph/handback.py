"""People give a conversation back: to the AI, or as resolved.

The graph's interrupt is resumed and everything is written in one transaction: the handoff's row,
the owner, the operator's note and the graph's memory. Two people at once: one wins. What the
customer wrote to people and no operator answered becomes a turn, claimed in that transaction too.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from langgraph.types import Command
from pydantic import TypeAdapter

from checkpoints.saver import TurnSaver
from data import claims, conversations, handoffs, messages, turns, writes
from data.db import Connection, Database
from data.errors import Conflict, NotFound
from data.handoffs import Handoff
from data.messages import NewMessage
from data.records import plain
from data.scope import Role, Scope
from data.turns import Claim
from data.writes import Write
from graph.build import Graph
from graph.expiry import expired
from graph.nodes.human import handed_back
from graph.scope import Run, config_for
from graph.turns import Turns
from tools.handoffs import held, refusal
from tools.request import write_of

Action = Literal["return", "resolve"]


@dataclass(frozen=True, slots=True)
class HandBack:
    """`return`: the AI answers the customer again; `resolve`: the matter is closed."""

    action: Action
    note: str | None = None


class HandBacks:
    """Resumes interrupted threads."""

    def __init__(self, database: Database, graph: Graph, saver: TurnSaver, turns: Turns) -> None:
        self._database = database
        self._graph = graph
        self._saver = saver
        self._turns = turns

    async def hand_back(
        self, scope: Scope, decision: HandBack, idempotency_key: str | None = None
    ) -> Handoff:
        """End the conversation's open handoff, and have answered what nobody has.

        Args:
            scope: the operator's, within the conversation.
            decision: what people decided.
            idempotency_key: the same decision under the same key again finds its outcome.

        Raises:
            NotFound: the tenant has no such conversation.
            Conflict: somebody else has it, or it was handed back before; it says who and when.
                Or the key was used for another request.
        """
        write = write_of(scope, "hand_back", idempotency_key, plain(decision))
        async with self._database.transaction(scope.tenant) as db:
            if earlier := await _earlier(db, scope, write):
                return earlier
            waiting = await _open_to(db, scope)
        with self._saver.recording() as recording:
            await self._resume(scope, decision, waiting)
            async with self._database.transaction(scope.tenant) as db:
                if not await writes.claim_write(db, scope, write):
                    return _handoff(await writes.repeated(db, scope, write))
                ended = await self._write(db, scope, decision, waiting)
                await recording.save(db, scope.thread_id)
                await writes.complete_write(
                    db,
                    scope,
                    write.key,
                    before=plain(waiting),
                    after=plain(ended),
                    customer_id=ended.customer_id,
                )
                taken_up = await _take_up(db, scope, ended)
        if taken_up:
            self._turns.start(*taken_up)
        return ended

    async def expire(self, scope: Scope, waiting: Handoff) -> Handoff | None:
        """End a handoff that nobody took: the AI has the conversation, and the customer knows.

        Args:
            scope: the system's, within the conversation.
            waiting: as the caller saw it; if it changed meanwhile, nothing happens.

        Returns:
            The handoff; None where it is not that one any more.
        """
        with self._saver.recording() as recording:
            await self._resume(scope, HandBack("return"), waiting)
            async with self._database.transaction(scope.tenant) as db:
                found = await conversations.lock_existing(db, scope)
                ended = await expired(db, scope, found, waiting)
                if ended is None:
                    return None
                await recording.save(db, scope.thread_id)
                taken_up = await _take_up(db, scope, ended)
        if taken_up:
            self._turns.start(*taken_up)
        return ended

    async def _resume(self, scope: Scope, decision: HandBack, waiting: Handoff) -> None:
        """Let the graph go on in memory; nothing is written before the rows are checked.

        A turn that failed before the graph could interrupt has nothing to resume, and an
        interrupt of another handoff is not this one's to answer: the memory is told directly.
        """
        config, asked = config_for(scope), waiting.interrupt_id
        snapshot = await self._graph.aget_state(config)
        if asked is None or asked not in {interrupt.id for interrupt in snapshot.interrupts}:
            known = {"action": decision.action, "note": decision.note}
            await self._graph.aupdate_state(
                config, handed_back(known, snapshot.values), as_node="human"
            )
            return
        answer = {
            "type": "response" if decision.action == "return" else "ignore",
            "args": decision.note,
        }
        nobody = Run(scope.acting_as(Role.CUSTOMER_AI), uuid4(), lease_token=0, deadline=0)
        await self._graph.ainvoke(
            Command(resume={asked: [answer]}),
            config,
            context=nobody,
            durability="exit",
        )

    async def _write(
        self, db: Connection, scope: Scope, decision: HandBack, waiting: Handoff
    ) -> Handoff:
        handoff = await held(db, scope)
        if handoff.id != waiting.id:
            raise Conflict("another handoff has been opened here meanwhile; look at it first")
        status = "returned" if decision.action == "return" else "resolved"
        await handoffs.close_handoff(db, scope, handoff.id, status, decision.note)
        if decision.note:
            note = NewMessage(
                id=str(uuid4()),
                role="note",
                content=decision.note,
                metadata={"by": scope.party, "handed_back": status},
            )
            await messages.add_message(db, scope, note)
        return await handoffs.find_last(db, scope) or handoff


async def _take_up(db: Connection, scope: Scope, ended: Handoff) -> tuple[Scope, Claim] | None:
    """The turn of what was written to people and left; None where nothing was, or it is closed."""
    if ended.status == "resolved":
        return None
    await messages.leave_to_the_ai(db, scope, ended.id)
    nobody = Scope(scope.tenant, Role.CUSTOMER, party="", conversation_id=scope.conversation_id)
    found = await conversations.lock_existing(db, nobody)
    within = found.scope(nobody)
    claim = await turns.claim_turn(db, within, found)
    return (within, claim) if claim else None


async def _earlier(db: Connection, scope: Scope, write: Write) -> Handoff | None:
    try:
        return _handoff(await writes.repeated(db, scope, write))
    except NotFound:
        return None


def _handoff(row: dict[str, Any]) -> Handoff:
    """The record that was kept as plain values."""
    return TypeAdapter(Handoff).validate_python(row)


async def _open_to(db: Connection, scope: Scope) -> Handoff:
    """The open handoff, if nobody else has it."""
    await conversations.get_conversation(db, scope)
    last = await handoffs.find_last(db, scope)
    at = await claims.moment(db)
    if last is None or last.ended_at is not None:
        raise await refusal(db, scope)
    if last.assigned_to != scope.party and last.claim_until and last.claim_until > at:
        raise await refusal(db, scope)
    return last
