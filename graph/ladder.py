"""What happens to a handoff that nobody has: back into the queue, up the ladder, and to its end.

Called by a job, as often as it likes: each step is made of the row as it is, under its lock.
"""

from dataclasses import dataclass
from datetime import datetime

from agents.phrases import phrase
from data import claims, conversations, handoffs, waits
from data.company import get_company
from data.db import Connection, Database
from data.errors import NotFound
from data.handoffs import Handoff
from data.scope import Role, Scope
from graph.handback import HandBacks
from graph.summons import tell_customer, write_to, write_to_admins
from tools.ladder import (
    PATIENCE,
    TOLD_BEFORE,
    Rung,
    expires_after,
    least_busy,
    priority_on,
    rung_after,
)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Lets handoffs climb."""

    database: Database
    handbacks: HandBacks

    async def climb(self, tenant: str, conversation_id: str) -> Rung | None:
        """Take the step that is due for the conversation's handoff.

        Returns:
            Where it stands now; None where nothing was due, or it is over.

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
            if handoff.next_rung_at is None or handoff.next_rung_at > at:
                return None
            rung = rung_after(handoff.rung)
            if rung is not None:
                return await _climb(db, scope, handoff, rung, at)
            expires_at = handoff.waiting_since + expires_after((await get_company(db)).settings)
            if expires_at > at:
                await _wait_on(db, scope, handoff, expires_at)
                return None
        await self.handbacks.expire(scope, handoff)
        return None


async def _give_back(db: Connection, scope: Scope, handoff: Handoff, at: datetime) -> Rung | None:
    """A claim that ran out: the queue has it again, and whoever had it is reminded."""
    if handoff.claim_until is None or handoff.claim_until > at:
        return None
    rung = Rung(max(handoff.rung, Rung.REMINDED))
    await claims.give_back(
        db, scope, at, rung=rung, next_rung_at=at + PATIENCE.get(rung, PATIENCE[Rung.REMINDED])
    )
    if handoff.assigned_to:
        await write_to(db, scope, handoff, handoff.assigned_to, "reminder", at)
    return rung


async def _climb(
    db: Connection, scope: Scope, handoff: Handoff, rung: Rung, at: datetime
) -> Rung | None:
    present = await waits.at_work(db, scope.tenant, at)
    offered = handoff.offered_to
    if rung is Rung.REASSIGNED:
        offered = least_busy(present, without=handoff.last_holder)
    if rung is Rung.CUSTOMER_TOLD:
        life = expires_after((await get_company(db)).settings)
        next_rung_at = max(handoff.waiting_since + life, at + TOLD_BEFORE)
    else:
        next_rung_at = at + PATIENCE[rung]
    await claims.climb(
        db,
        scope,
        rung=rung,
        next_rung_at=next_rung_at,
        offered_to=offered,
        priority=priority_on(rung, handoff.priority),
    )
    await _tell(db, scope, handoff, rung, offered, present, at)
    return rung


async def _wait_on(db: Connection, scope: Scope, handoff: Handoff, until: datetime) -> None:
    """It stays on the last rung: somebody had it meanwhile, or may take longer by now."""
    await claims.climb(
        db,
        scope,
        rung=handoff.rung,
        next_rung_at=until,
        offered_to=handoff.offered_to,
        priority=handoff.priority,
    )


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
            await write_to(db, scope, handoff, who, "overdue", at)
    elif rung is Rung.REASSIGNED and offered:
        await write_to(db, scope, handoff, offered, "offered", at)
    elif rung is Rung.SUPERVISOR:
        await write_to_admins(db, scope, handoff, "supervisor", at)
    elif rung is Rung.CUSTOMER_TOLD:
        await tell_customer(db, scope, handoff, at, phrase("waiting.longer"))
