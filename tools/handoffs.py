"""What operators do with a conversation that people have.

Whoever acts on it has it: an act takes a conversation that waits, and is a sign of life for one
that is theirs already. Somebody else's is refused, saying whose it is.
"""

from datetime import datetime
from uuid import UUID, uuid4

from data import claims, conversations, customers, handoffs, links, messages, operators
from data.db import Connection
from data.errors import Conflict, Invalid, NotFound
from data.handoffs import Handoff
from data.messages import NewMessage
from data.outbox import FETCHED, put_in_outbox
from data.scope import Identity, Role, Scope
from tools.canned import fill
from tools.desk import canned_values
from tools.ladder import CLAIM_LIFE, LONGEST_SNOOZE, PATIENCE, Rung
from tools.operation import Change, Effect, operation

CLAIM = ("handoffs.status", "handoffs.assigned_to")


async def held(db: Connection, scope: Scope) -> Handoff:
    """The conversation's handoff, the caller's from here on; its row and the claim are locked.

    Raises:
        NotFound: the tenant has no such conversation.
        Conflict: somebody else has it, or people do not have it any more; it says who and when.
    """
    await conversations.lock_existing(db, scope)
    found = await claims.take(db, scope, scope.party, await claims.moment(db), CLAIM_LIFE)
    if found is None:
        raise await refusal(db, scope)
    return found


async def refusal(db: Connection, scope: Scope) -> Conflict:
    """Why the caller cannot have the conversation now."""
    last = await handoffs.find_last(db, scope)
    if last is None:
        return Conflict("people do not have this conversation; it was never handed over")
    if last.status == "expired" and last.ended_at is not None:
        return Conflict(
            f"no handoff is open here: it expired at {_stamp(last.ended_at)}, as nobody took it;"
            " the assistant has the conversation"
        )
    if last.ended_at is not None:
        who = last.ended_name or last.ended_by or "somebody"
        return Conflict(
            f"no handoff is open here: it was handed back before, {last.status} by {who}"
            f" at {_stamp(last.ended_at)}"
        )
    if last.assigned_to is None:
        return Conflict("your claim ran out and the conversation waits again; accept it once more")
    who = last.assigned_name or last.assigned_to
    until = _stamp(last.snoozed_until or last.claim_until or last.updated_at)
    return Conflict(f"{who} has this conversation, at least until {until}")


@operation(Effect.WRITE, reads=("conversations",), writes=CLAIM)
async def accept_handoff(db: Connection, scope: Scope) -> Change:
    """Take the conversation; once more is a sign of life.

    Raises:
        Conflict: somebody else has it, or no handoff is open.
    """
    return Change(None, await held(db, scope))


async def keep_handoff(db: Connection, scope: Scope) -> Handoff:
    """A sign of life: the claim lasts longer.

    Raises:
        NotFound: the tenant has no such conversation.
        Conflict: it is not the caller's any more; it says whose.
    """
    found = await claims.renew(db, scope, scope.party, await claims.moment(db), CLAIM_LIFE)
    if found is None:
        await conversations.get_conversation(db, scope)
        raise await refusal(db, scope)
    return found


@operation(
    Effect.WRITE, reads=("conversations", "customers"), writes=(*CLAIM, "messages", "outbox")
)
async def send_to_customer(
    db: Connection, scope: Scope, message: str, message_id: str | None = None
) -> Change:
    """Say something to the customer, with its variables filled in, under an id of its own.

    Raises:
        Conflict: somebody else has the conversation, or people do not.
        Invalid: a variable is unknown or empty here; nothing is sent.
    """
    await held(db, scope)
    filled = fill(message, await canned_values(db, scope) if "{{" in message else {})
    if filled.missing:
        named = ", ".join(f"{{{{{name}}}}}" for name in filled.missing)
        raise Invalid("message", f"nothing is known to put in for {named}; write it yourself")
    name = message_id or str(uuid4())
    said = NewMessage(name, "operator", filled.text, metadata={"by": scope.party})
    await messages.add_message(db, scope, said)
    channel = await conversations.channel_of(db, scope)
    if channel not in FETCHED:
        await put_in_outbox(db, scope, said.id, channel, said.content)
    return Change(None, {"conversation_id": scope.conversation_id, "message_id": said.id})


@operation(Effect.WRITE, reads=("conversations",), writes=("messages",))
async def add_note(db: Connection, scope: Scope, note: str) -> Change:
    """Write something down for colleagues; neither the customer nor the AI gets to see it.

    Raises:
        NotFound: the tenant has no such conversation.
    """
    await conversations.lock_existing(db, scope)
    kept = NewMessage(str(uuid4()), "note", note, metadata={"by": scope.party})
    await messages.add_message(db, scope, kept)
    return Change(None, {"conversation_id": scope.conversation_id, "message_id": kept.id})


@operation(Effect.WRITE, reads=("conversations",), writes=CLAIM)
async def assign_handoff(db: Connection, scope: Scope, to: UUID | None) -> Change:
    """Give the conversation to a colleague, or with None back to the queue.

    It has to be the caller's or nobody's; an admin may give away anybody's.

    Raises:
        Conflict: somebody else has it, or no handoff is open.
        Invalid: there is no such colleague.
    """
    await conversations.lock_existing(db, scope)
    if to is not None:
        await _colleague(db, scope.tenant, to)
    at = await claims.moment(db)
    last = await handoffs.find_last(db, scope)
    theirs = (
        last is not None
        and last.claim_until is not None
        and last.claim_until > at
        and last.assigned_to != scope.party
    )
    if last is None or last.ended_at is not None or (theirs and scope.role is not Role.ADMIN):
        raise await refusal(db, scope)
    if to is not None:
        after = await claims.give(db, scope, f"operator:{to}", at, CLAIM_LIFE)
    else:
        next_rung_at = max(last.due_at, at + PATIENCE[Rung.REMINDED])
        after = await claims.give_back(db, scope, at, rung=Rung.WAITS, next_rung_at=next_rung_at)
    return Change({"assigned_to": last.assigned_to}, after or last)


@operation(Effect.WRITE, reads=("conversations",), writes=(*CLAIM, "handoffs.snoozed_until"))
async def snooze_handoff(db: Connection, scope: Scope, until: datetime) -> Change:
    """Keep the conversation without a sign of life until then, or until the customer writes.

    Raises:
        Conflict: somebody else has it, or people do not.
        Invalid: the moment is over, or too far away.
    """
    at = await claims.moment(db)
    if not at < until <= at + LONGEST_SNOOZE:
        raise Invalid("until", f"must be within the next {LONGEST_SNOOZE.days} days")
    await held(db, scope)
    found = await claims.snooze(db, scope, scope.party, at, until)
    if found is None:
        raise await refusal(db, scope)
    return Change(None, found)


@operation(
    Effect.WRITE, reads=("conversations", "customers"), writes=("conversations.customer_id",)
)
async def link_customer(db: Connection, scope: Scope, customer_id: int) -> Change:
    """Say whose conversation it is. It opens no records to whoever writes there.

    Raises:
        NotFound: there is no such conversation, or no such customer.
        Conflict: another customer has proved that it is theirs.
    """
    found = await conversations.lock_existing(db, scope)
    customer = await customers.get_customer(db, scope.tenant, customer_id)
    if found.identity == Identity.VERIFIED and found.customer_id != customer.id:
        raise Conflict(f"customer {found.customer_id} has proved that this conversation is theirs")
    await links.link_customer(db, scope, customer.id)
    linked = await conversations.get_conversation(db, scope)
    before = {"customer_id": found.customer_id, "identity": found.identity}
    after = {
        "conversation_id": linked.id,
        "customer_id": linked.customer_id,
        "identity": linked.identity,
    }
    return Change(before, after, customer.id)


async def _colleague(db: Connection, tenant: str, operator_id: UUID) -> None:
    try:
        found = await operators.get_operator(db, tenant, operator_id)
    except NotFound:
        raise Invalid("to", "there is no such operator") from None
    if not found.active:
        raise Invalid("to", "this operator may not sign in any more")


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
