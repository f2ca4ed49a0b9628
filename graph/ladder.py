"""What happens to a handoff that nobody has: back into the queue, and up the ladder.

Called by a job, as often as it likes: each step is made of the row as it is, under its lock.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from agents.phrases import phrase
from data import claims, conversations, handoffs, messages, operators, waits
from data.db import Connection, Database
from data.errors import NotFound
from data.handoffs import Handoff
from data.messages import NewMessage
from data.outbox import FETCHED, put_in_outbox
from data.scope import Role, Scope
from tools.ladder import PATIENCE, Rung, least_busy, priority_on, rung_after

MOST_ADMINS = 5  # of those in charge who are told


@dataclass(frozen=True, slots=True)
class Ladder:
    """Lets handoffs climb."""

    database: Database

    async def climb(self, tenant: str, conversation_id: str) -> Rung | None:
        """Take the step that is due for the conversation's handoff.

        Returns:
            Where it stands now; None where nothing was due.

        Raises:
            NotFound: there is no such conversation any more.
        """
        scope = Scope(tenant, Role.SYSTEM, "job", conversation_id)
        async with self.database.transaction(tenant) as db:
            await conversations.lock_existing(db, scope)
            at = await claims.moment(db)
            try:
                handoff = await handoffs.lock_open_handoff(db, scope)
            except NotFound:
                return None
            if handoff.claim_until is not None:
                return await _give_back(db, scope, handoff, at)
            return await _climb(db, scope, handoff, at)


async def _give_back(db: Connection, scope: Scope, handoff: Handoff, at: datetime) -> Rung | None:
    """A claim that ran out: the queue has it again, and whoever had it is reminded."""
    if handoff.claim_until is None or handoff.claim_until > at:
        return None
    rung = Rung(max(handoff.rung, Rung.REMINDED))
    await claims.give_back(
        db, scope, at, rung=rung, next_rung_at=at + PATIENCE.get(rung, PATIENCE[Rung.REMINDED])
    )
    if handoff.assigned_to:
        await _write_to(db, scope, handoff, handoff.assigned_to, "reminder", at)
    return rung


async def _climb(db: Connection, scope: Scope, handoff: Handoff, at: datetime) -> Rung | None:
    if handoff.next_rung_at is None or handoff.next_rung_at > at:
        return None
    rung = rung_after(handoff.rung)
    if rung is None:
        return None
    present = await waits.at_work(db, scope.tenant, at)
    offered = handoff.offered_to
    if rung is Rung.REASSIGNED:
        offered = least_busy(present, without=handoff.last_holder)
    patience = PATIENCE.get(rung)
    await claims.climb(
        db,
        scope,
        rung=rung,
        next_rung_at=at + patience if patience else None,
        offered_to=offered,
        priority=priority_on(rung, handoff.priority),
    )
    await _tell(db, scope, handoff, rung, offered, present, at)
    return rung


async def _tell(
    db: Connection,
    scope: Scope,
    handoff: Handoff,
    rung: Rung,
    offered: str | None,
    present: dict[str, int],
    at: datetime,
) -> None:
    """Let those know whom the rung is about."""
    if rung is Rung.REMINDED:
        for who in present:
            await _write_to(db, scope, handoff, who, "overdue", at)
    elif rung is Rung.REASSIGNED and offered:
        await _write_to(db, scope, handoff, offered, "offered", at)
    elif rung is Rung.SUPERVISOR:
        for admin in await operators.list_admins(db, scope.tenant, MOST_ADMINS):
            await _write_to(db, scope, handoff, f"operator:{admin.id}", "supervisor", at)
    elif rung is Rung.CUSTOMER_TOLD:
        await _tell_customer(db, scope, handoff, at)


async def _tell_customer(db: Connection, scope: Scope, handoff: Handoff, at: datetime) -> None:
    said = NewMessage(
        _name(handoff, at, "customer"), "system", phrase("waiting.longer"), metadata={"by": "job"}
    )
    await messages.add_message(db, scope, said)
    channel = await conversations.channel_of(db, scope)
    if channel not in FETCHED:
        await put_in_outbox(db, scope, said.id, channel, said.content)


async def _write_to(
    db: Connection, scope: Scope, handoff: Handoff, who: str, what: str, at: datetime
) -> None:
    """A mail to somebody who signed in; a key has no address."""
    found = await operators.find_party(db, scope.tenant, who)
    if found is None or not found.active:
        return
    text = phrase(
        f"colleague.{what}", conversation=scope.conversation_id, priority=handoff.priority
    )
    await put_in_outbox(
        db, scope, _name(handoff, at, f"{what}:{who}"), "email", text, recipient=found.email
    )


def _name(handoff: Handoff, at: datetime, what: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"{handoff.id}:{at.isoformat()}:{what}"))
