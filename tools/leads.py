"""Taking down who is interested, and in what. A conversation has one lead."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from data import appointments, leads, quotes
from data.db import Connection
from data.errors import Conflict
from data.leads import Contact, Lead
from data.scope import Scope
from data.texts import Text
from tools.arguments import Email, Name, Phone
from tools.operation import Change, Effect, operation

Details = Annotated[
    Text, Field(max_length=2000, description="What they want, in their own words as far as known")
]


@dataclass(frozen=True, slots=True)
class LeadCard:
    """What somebody said of themselves; what the company makes of it (score, urgency) is not."""

    id: int
    name: str
    phone: str | None
    email: str | None
    details: str | None
    customer_id: int | None


def card(lead: Lead) -> LeadCard:
    """What the lead themselves may know of it."""
    return LeadCard(lead.id, lead.name, lead.phone, lead.email, lead.details, lead.customer_id)


@operation(Effect.WRITE, writes=("leads",))
async def create_lead(
    db: Connection,
    scope: Scope,
    *,
    name: Name,
    phone: Phone | None = None,
    email: Email | None = None,
    details: Details | None = None,
) -> Change:
    """Take down somebody who is interested in buying, as soon as their name is known.

    Where the conversation has a lead already, that one is updated.
    """
    added = await leads.add_lead(
        db,
        scope.tenant,
        name,
        conversation_id=scope.conversation_id,
        customer_id=scope.verified_customer,
    )
    lead = added or await _lead(db, scope)
    said = Contact(name, phone, email, details)
    after = await leads.update_lead(db, scope.tenant, lead.id, said)
    return Change(None if added else card(lead), card(after))


@operation(Effect.WRITE, writes=("leads",))
async def update_lead(
    db: Connection,
    scope: Scope,
    *,
    name: Name | None = None,
    phone: Phone | None = None,
    email: Email | None = None,
    details: Details | None = None,
) -> Change:
    """Add what has become known about this conversation's lead; what is left out stays.

    Raises:
        Conflict: the conversation has no lead yet.
    """
    before = await _lead(db, scope)
    said = Contact(name, phone, email, details)
    after = await leads.update_lead(db, scope.tenant, before.id, said)
    return Change(card(before), card(after))


@operation(Effect.WRITE, writes=("quotes",))
async def request_quote(
    db: Connection,
    scope: Scope,
    subject: Annotated[Text, Field(max_length=1000, description="What is to be priced")],
) -> Change:
    """Ask the sales team for a quote for this conversation's lead; create_lead comes first.

    Raises:
        Conflict: the conversation has no lead yet.
    """
    lead = await _lead(db, scope)
    return Change(None, await quotes.add_quote(db, scope.tenant, lead.id, subject))


@operation(Effect.WRITE, writes=("appointments",))
async def book_appointment(
    db: Connection,
    scope: Scope,
    purpose: Annotated[Text, Field(max_length=500, description="What the visit or call is for")],
    wished_for: Annotated[
        Text, Field(max_length=200, description="When, in their own words, e.g. Tuesday afternoon")
    ],
) -> Change:
    """Ask for an appointment for this conversation's lead; people confirm the time later.

    create_lead comes first.

    Raises:
        Conflict: the conversation has no lead yet.
    """
    lead = await _lead(db, scope)
    return Change(
        None, await appointments.add_appointment(db, scope.tenant, lead.id, purpose, wished_for)
    )


async def _lead(db: Connection, scope: Scope) -> Lead:
    """The conversation's lead, locked."""
    found = await leads.lock_lead_of(db, scope)
    if found is None:
        raise Conflict("this conversation has no lead yet; call create_lead with a name first")
    return found
