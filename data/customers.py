"""Customers: the people who write to a tenant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.errors import UniqueViolation

from data.db import Connection
from data.errors import Conflict, NotFound
from data.personal import opened, personal_of
from data.rows import fetch_one

COLUMNS = (
    "id, name, email, phone, plan, since, sentiment_score, language, preferred_tone,"
    " contact_channels, created_at, updated_at"
)
SELECT = f"SELECT {COLUMNS} FROM customers"  # noqa: S608
PERSONAL = ("name", "email", "phone")  # sealed where the tenant asked for it

# Whose address it is: the one predicate, for open and for sealed rows.
HAS_EMAIL = "(lower(email) = lower(%(email)s) OR email_key = %(email_key)s)"


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
    return _existing(db, tenant, found, customer_id)


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
    return _existing(db, tenant, found, customer_id)


async def find_by_email(db: Connection, tenant: str, email: str) -> Customer | None:
    """Whose address it is, in whatever case it is written; of a merged customer, the survivor's."""
    key = (await personal_of(db, tenant)).email_key(email)
    found = await fetch_one(
        db,
        Customer,
        SELECT + " WHERE tenant = %(tenant)s AND " + HAS_EMAIL,
        {"tenant": tenant, "email": email, "email_key": key},
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
    personal = await personal_of(db, tenant)
    try:
        await db.execute(
            "UPDATE customers SET email = %s, email_key = %s, updated_at = now()"
            " WHERE tenant = %s AND id = %s",
            (personal.text(email), personal.email_key(email), tenant, customer_id),
        )
    except UniqueViolation:
        raise Conflict("this e-mail address cannot be used; ask for another one") from None
    return before.email, email


async def update_wishes(db: Connection, tenant: str, customer_id: int, wishes: Wishes) -> Customer:
    """Put what the customer says about themselves in the place of what they said before.

    Raises:
        NotFound: the tenant has no such customer.
    """
    personal = await personal_of(db, tenant)
    changed = await fetch_one(
        db,
        Customer,
        "UPDATE customers SET name = %s, phone = %s, language = %s, preferred_tone = %s,"  # noqa: S608
        " contact_channels = %s, updated_at = now() WHERE tenant = %s AND id = %s"
        " RETURNING " + COLUMNS,
        (
            personal.text(wishes.name),
            personal.maybe(wishes.phone),
            wishes.language,
            wishes.preferred_tone,
            wishes.contact_channels,
            tenant,
            customer_id,
        ),
    )
    return _existing(db, tenant, changed, customer_id)


async def sealed_rows(
    db: Connection, tenant: str, rows: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """New customers' columns as the table has them: sealed where the tenant asked for it."""
    personal = await personal_of(db, tenant)
    return [
        {
            **row,
            **{name: personal.maybe(row.get(name)) for name in PERSONAL},
            "email_key": personal.email_key(row["email"]),
        }
        for row in rows
    ]


def _existing(db: Connection, tenant: str, found: Customer | None, customer_id: int) -> Customer:
    if found is None:
        raise NotFound("customer", customer_id)
    return opened(db, tenant, found, PERSONAL)
