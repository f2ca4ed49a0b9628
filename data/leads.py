"""Leads: people who may become customers."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.errors import NotFound
from data.personal import opened, personal_of
from data.rows import fetch_all, fetch_one
from data.scope import Scope

COLUMNS = (
    "id, name, phone, email, details, intent, urgency, sentiment, score, outcome, customer_id,"
    " conversation_id, created_at, updated_at"
)
SELECT = f"SELECT {COLUMNS} FROM leads"  # noqa: S608
PERSONAL = ("name", "phone", "email", "details")  # sealed where the tenant asked for it


@dataclass(frozen=True, slots=True)
class Lead:
    """`score` is the chance of a sale, 0..1; `sentiment` is -1..1. Both None until enriched."""

    id: int
    name: str
    phone: str | None
    email: str | None
    details: str | None
    intent: str | None
    urgency: str | None
    sentiment: float | None
    score: float | None
    outcome: str | None
    customer_id: int | None
    conversation_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """What somebody says about themselves; None is `not said`."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    details: str | None = None


async def add_lead(
    db: Connection,
    tenant: str,
    name: str,
    *,
    conversation_id: str | None = None,
    customer_id: int | None = None,
) -> Lead | None:
    """A new lead, or None when the conversation has one already."""
    personal = await personal_of(db, tenant)
    added = await fetch_one(
        db,
        Lead,
        "INSERT INTO leads (tenant, name, conversation_id, customer_id)"  # noqa: S608
        " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING " + COLUMNS,
        (tenant, personal.text(name), conversation_id, customer_id),
    )
    return None if added is None else opened(db, tenant, added, PERSONAL)


async def get_lead(db: Connection, tenant: str, lead_id: int) -> Lead:
    """One lead.

    Raises:
        NotFound: the tenant has no such lead.
    """
    found = await fetch_one(db, Lead, SELECT + " WHERE tenant = %s AND id = %s", (tenant, lead_id))
    if found is None:
        raise NotFound("lead", lead_id)
    return opened(db, tenant, found, PERSONAL)


async def lock_lead_of(db: Connection, scope: Scope) -> Lead | None:
    """The conversation's lead, locked until the transaction ends."""
    found = await fetch_one(
        db,
        Lead,
        SELECT + " WHERE tenant = %s AND conversation_id = %s FOR NO KEY UPDATE",
        (scope.tenant, scope.conversation_id),
    )
    return None if found is None else opened(db, scope.tenant, found, PERSONAL)


async def list_leads(db: Connection, tenant: str, *, limit: int = 50) -> list[Lead]:
    """Newest first."""
    found = await fetch_all(
        db,
        Lead,
        SELECT + " WHERE tenant = %s ORDER BY created_at DESC, id DESC LIMIT %s",
        (tenant, limit),
    )
    return [opened(db, tenant, one, PERSONAL) for one in found]


async def update_lead(db: Connection, tenant: str, lead_id: int, said: Contact) -> Lead:
    """Change what is given and leave the rest.

    Raises:
        NotFound: the tenant has no such lead.
    """
    personal = await personal_of(db, tenant)
    changed = await fetch_one(
        db,
        Lead,
        "UPDATE leads SET name = coalesce(%s, name), phone = coalesce(%s, phone),"  # noqa: S608
        " email = coalesce(%s, email), details = coalesce(%s, details), updated_at = now()"
        " WHERE tenant = %s AND id = %s RETURNING " + COLUMNS,
        (*(personal.maybe(getattr(said, name)) for name in PERSONAL), tenant, lead_id),
    )
    if changed is None:
        raise NotFound("lead", lead_id)
    return opened(db, tenant, changed, PERSONAL)
