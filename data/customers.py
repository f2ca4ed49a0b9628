"""Customers: the people who write to a tenant."""

from dataclasses import astuple, dataclass
from datetime import date, datetime

from psycopg.errors import UniqueViolation

from data.db import Connection
from data.errors import Conflict, NotFound
from data.rows import fetch_one

COLUMNS = (
    "id, name, email, phone, plan, since, sentiment_score, language, preferred_tone,"
    " contact_channels, created_at, updated_at"
)
SELECT = f"SELECT {COLUMNS} FROM customers"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Customer:
    """`plan` is a plan's id; `sentiment_score` is -1..1, the latest known.

    Language, tone and channels are the customer's own wishes, where they said any.
    """

    id: int
    name: str
    email: str
    phone: str | None
    plan: str | None
    since: date
    sentiment_score: float | None
    language: str | None
    preferred_tone: str | None
    contact_channels: list[str]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """What customers may change of their own record."""

    name: str
    phone: str | None
    language: str | None
    preferred_tone: str | None
    contact_channels: list[str]


async def get_customer(db: Connection, tenant: str, customer_id: int) -> Customer:
    """One customer; the survivor where they were merged into another.

    Raises:
        NotFound: the tenant has no such customer, or has forgotten them.
    """
    found = await fetch_one(
        db,
        Customer,
        SELECT + " WHERE tenant = %s AND id = survivor(%s, %s) AND forgotten_at IS NULL",
        (tenant, tenant, customer_id),
    )
    return _existing(found, customer_id)


async def lock_customer(db: Connection, tenant: str, customer_id: int) -> Customer:
    """The same, locked until the transaction ends.

    Raises:
        NotFound: the tenant has no such customer.
    """
    found = await fetch_one(
        db,
        Customer,
        SELECT + " WHERE tenant = %s AND id = %s AND merged_into IS NULL"
        " AND forgotten_at IS NULL FOR NO KEY UPDATE",
        (tenant, customer_id),
    )
    return _existing(found, customer_id)


async def find_by_email(db: Connection, tenant: str, email: str) -> Customer | None:
    """Whose address it is, in whatever case it is written; of a merged customer, the survivor's."""
    found = await fetch_one(
        db, Customer, SELECT + " WHERE tenant = %s AND lower(email) = lower(%s)", (tenant, email)
    )
    return None if found is None else await get_customer(db, tenant, found.id)


async def update_email(
    db: Connection, tenant: str, customer_id: int, email: str
) -> tuple[str, str]:
    """Give the customer another address.

    Returns:
        The address before and after.

    Raises:
        NotFound: the tenant has no such customer.
        Conflict: another customer has the address. The transaction can only be rolled back.
    """
    before = await lock_customer(db, tenant, customer_id)
    try:
        await db.execute(
            "UPDATE customers SET email = %s, updated_at = now() WHERE tenant = %s AND id = %s",
            (email, tenant, customer_id),
        )
    except UniqueViolation:
        raise Conflict("this e-mail address cannot be used; ask for another one") from None
    return before.email, email


async def update_wishes(db: Connection, tenant: str, customer_id: int, wishes: Wishes) -> Customer:
    """Put what the customer says about themselves in the place of what they said before.

    Raises:
        NotFound: the tenant has no such customer.
    """
    changed = await fetch_one(
        db,
        Customer,
        "UPDATE customers SET name = %s, phone = %s, language = %s, preferred_tone = %s,"  # noqa: S608
        " contact_channels = %s, updated_at = now() WHERE tenant = %s AND id = %s"
        " RETURNING " + COLUMNS,
        (*astuple(wishes), tenant, customer_id),
    )
    return _existing(changed, customer_id)


def _existing(found: Customer | None, customer_id: int) -> Customer:
    if found is None:
        raise NotFound("customer", customer_id)
    return found
