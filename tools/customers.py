"""What a customer may see and change of their own record."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field

from data import customers, insights, plans, profiles, tickets
from data.company import get_company
from data.customers import Customer, Wishes
from data.db import Connection
from data.errors import Conflict
from data.outbox import put_in_outbox
from data.scope import Identity, Scope
from tools.arguments import BIGINT, Email, Limit, Named
from tools.identity import claim, verified
from tools.operation import About, Change, Effect, operation

NOTICE = """\
The e-mail address of your account with {company} was changed to {address}.

If it was you, there is nothing to do. If it was not, please answer this message at once."""


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """What a verified customer is told about their own account.

    Nothing that the company thinks of them (risk, sentiment) is in it.
    """

    id: int
    name: str
    email: str
    phone: str | None
    plan: str | None
    since: date
    loyalty_tier: str | None
    open_tickets: int


@dataclass(frozen=True, slots=True)
class PastSession:
    closed_at: datetime
    topic: str | None
    resolution: str
    handed_over: bool


@dataclass(frozen=True, slots=True)
class History:
    """`total_spend` is in the company's currency; None before the first session is counted."""

    first_contact: datetime | None
    total_spend: Decimal | None
    sessions: list[PastSession]


@operation(
    Effect.READ,
    needs=Identity.VERIFIED,
    reads=("customers", "plans", "profiles", "tickets"),
    unproved=claim,
)
async def lookup_customer(
    db: Connection,
    scope: Scope,
    email: Named = None,
    customer_id: Annotated[
        int | None, Field(ge=1, le=BIGINT, description="The customer number they gave, if any")
    ] = None,
) -> CustomerCard:
    """Open the account of the customer you are talking to: name, plan, loyalty tier, open tickets.

    Whatever is given, the account is that of the verified customer of this conversation. What a
    model writes cannot open another one, nor find out whether another one exists. Whom an
    unproved caller names is noted for the operators; the refusal is the same for everybody.
    """
    customer = await customers.get_customer(db, scope.tenant, verified(scope))
    profile = await profiles.find_profile(db, scope.tenant, customer.id)
    plan = await plans.find_plan(db, scope.tenant, customer.plan) if customer.plan else None
    return CustomerCard(
        id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        plan=plan.name if plan else customer.plan,
        since=customer.since,
        loyalty_tier=profile.loyalty_tier if profile else None,
        open_tickets=await tickets.count_unresolved(db, scope.tenant, customer.id),
    )


@operation(Effect.READ, needs=Identity.VERIFIED, reads=("session_insights", "profiles"))
async def get_customer_history(db: Connection, scope: Scope, limit: Limit = 10) -> History:
    """List what this customer has contacted us about before, and how each matter ended."""
    me = verified(scope)
    profile = await profiles.find_profile(db, scope.tenant, me)
    sessions = await insights.list_insights(db, scope.tenant, me, limit=limit)
    return History(
        first_contact=profile.first_contact if profile else None,
        total_spend=profile.total_spend if profile else None,
        sessions=[
            PastSession(s.closed_at, s.intent_primary, s.resolution_status, s.handoff_occurred)
            for s in sessions
        ],
    )


async def _customer(db: Connection, scope: Scope, _values: dict[str, Any]) -> Customer:
    return await customers.lock_customer(db, scope.tenant, verified(scope))


@operation(
    Effect.WRITE,
    needs=Identity.VERIFIED,
    reads=("customers",),
    writes=("customers.email", "outbox"),
    confirmed=("new_email",),
    about=About("customer", Customer, _customer),
)
async def update_customer_email(db: Connection, scope: Scope, new_email: Email) -> Change:
    """Change the e-mail address of this customer's account, once they have confirmed the new one.

    It has to stand in the customer's own messages. The old address is told.

    Raises:
        Conflict: the address cannot be used (whose it is stays unsaid), or is the present one.
    """
    me = verified(scope)
    present = (await customers.lock_customer(db, scope.tenant, me)).email
    if present.casefold() == new_email.casefold():
        raise Conflict("this is the account's address already; there is nothing to change")
    before, after = await customers.update_email(db, scope.tenant, me, new_email)
    notice = NOTICE.format(company=(await get_company(db)).name, address=masked(after))
    await put_in_outbox(db, scope, str(uuid4()), "email", notice, recipient=before)
    return Change({"email": before}, {"email": after})


@operation(
    Effect.WRITE,
    needs=Identity.VERIFIED,
    reads=("customers",),
    writes=tuple(f"customers.{field.name}" for field in fields(Wishes)),
)
async def edit_profile(db: Connection, scope: Scope, changes: dict[str, Any]) -> Change:
    """Change what customers may change of their own record; what is left out stays.

    Args:
        db: a transaction.
        scope: a verified customer's.
        changes: fields of `Wishes` by name.
    """
    before = await customers.lock_customer(db, scope.tenant, verified(scope))
    wishes = Wishes(
        **{f.name: changes.get(f.name, getattr(before, f.name)) for f in fields(Wishes)}
    )
    return Change(before, await customers.update_wishes(db, scope.tenant, before.id, wishes))


def masked(address: str) -> str:
    """An address that its owner recognises and a stranger cannot write to.

    >>> masked("ann@new.test")
    'a…@new.test'
    """
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
