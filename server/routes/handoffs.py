"""Conversations that wait for people: who takes them, keeps them, and gives them back."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool

from data import handoffs
from data.handoffs import place_of
from graph.handback import HandBack
from server.access import App, Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import SAFE_ID
from server.errors import PROBLEM_RESPONSES
from server.handoffs import OPERATOR, HandoffOut, HandoffPage, shown
from server.paging import Cursor, Limit, page_of, place_in
from tools.handoffs import accept_handoff, assign_handoff, keep_handoff, snooze_handoff
from tools.operation import Operation
from tools.request import carry_out

router = APIRouter(prefix="/v1/handoffs", tags=["handoffs"], responses=PROBLEM_RESPONSES)

Operator = Annotated[Principal, allow(Permission.WORK_HANDOFFS)]
Id = Annotated[str, Path(pattern=SAFE_ID)]


class Assignment(BaseModel):
    """To whom; null puts it back into the queue."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"to": OPERATOR}]})

    to: UUID | None


class Snooze(BaseModel):
    """Until when; the customer's next message ends it early."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"until": "2026-03-02T09:00:00Z"}]}
    )

    until: AwareDatetime


class Resolve(BaseModel):
    """`return_to_ai`: the assistant answers again; else the matter is closed.

    The note is for colleagues and, if it goes back, for the assistant; never for the customer.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"return_to_ai": True, "note": "Called the customer."}]},
    )

    return_to_ai: StrictBool
    note: Annotated[str, Field(max_length=4000)] | None = None


@router.get("")
async def list_handoffs(
    who: Operator,
    db: Db,
    status: Literal["pending", "accepted", "returned", "resolved", "expired"] | None = None,
    mine: Annotated[bool, Query(description="Only those the caller has or had")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> HandoffPage:
    """Pending ones first, the most urgent and then the oldest on top.

    One whose state changes while somebody turns the pages moves within the list.
    """
    found = await handoffs.list_handoffs(
        db,
        who.tenant,
        status=status,
        assigned_to=who.party if mine else None,
        after=place_in(cursor, int, int, UUID),
        limit=limit + 1,
    )
    page, following = page_of(found, limit, place_of)
    return HandoffPage(items=[shown(one) for one in page], next=following)


@router.post("/{conversation_id}/accept")
async def accept(
    conversation_id: Id, who: Operator, db: Db, idempotency_key: IdempotencyKey = None
) -> HandoffOut:
    """Take it, for oneself alone; 409 names who has it.

    The claim lasts two minutes without a sign of life: a heartbeat, or any other act on it.
    """
    return await _done(who, db, conversation_id, accept_handoff, idempotency_key, {})


@router.post("/{conversation_id}/heartbeat")
async def heartbeat(conversation_id: Id, who: Operator, db: Db) -> HandoffOut:
    """Keep the claim for two more minutes; 409 when it is somebody else's, or nobody's, by now."""
    return shown(await keep_handoff(db, who.scope(conversation_id)))


@router.post("/{conversation_id}/assign")
async def assign(
    conversation_id: Id,
    body: Assignment,
    who: Operator,
    db: Db,
    idempotency_key: IdempotencyKey = None,
) -> HandoffOut:
    """Give it to a colleague, who has two minutes to show up, or back to the queue.

    One's own or one that waits; an admin may give away anybody's.
    """
    return await _done(who, db, conversation_id, assign_handoff, idempotency_key, {"to": body.to})


@router.post("/{conversation_id}/snooze")
async def snooze(
    conversation_id: Id,
    body: Snooze,
    who: Operator,
    db: Db,
    idempotency_key: IdempotencyKey = None,
) -> HandoffOut:
    """Keep it without a sign of life until then, or until the customer writes."""
    return await _done(
        who, db, conversation_id, snooze_handoff, idempotency_key, {"until": body.until}
    )


@router.post("/{conversation_id}/resolve")
async def resolve(
    conversation_id: Id,
    body: Resolve,
    who: Operator,
    services: App,
    idempotency_key: IdempotencyKey = None,
) -> HandoffOut:
    """Hand the conversation back to the assistant, or close it; 409 says who did so before.

    What the customer wrote since an operator's last reply, the assistant answers then by itself.
    """
    action: Literal["return", "resolve"] = "return" if body.return_to_ai else "resolve"
    ended = await services.handbacks.hand_back(
        who.scope(conversation_id), HandBack(action, body.note), idempotency_key
    )
    return shown(ended)


async def _done(
    who: Principal,
    db: Db,
    conversation_id: str,
    action: Operation,
    key: str | None,
    arguments: dict[str, Any],
) -> HandoffOut:
    done = await carry_out(db, who.scope(conversation_id), action, key, arguments)
    return HandoffOut.model_validate(done)
