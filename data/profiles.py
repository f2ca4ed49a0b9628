"""Profiles: what all sessions of a customer add up to. One row a customer."""

from dataclasses import astuple, dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.types.json import Jsonb

from data.db import Connection
from data.rows import fetch_one

COLUMNS = (
    "customer_id, total_sessions, total_escalations, resolution_rate, weighted_sentiment,"
    " avg_sentiment_drift, topic_frequency, loyalty_tier, total_spend, risk_flag, risk_reasons,"
    " preferred_tone, first_contact, last_contact, last_resolution_status"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """`resolution_rate` is 0..1, `weighted_sentiment` -1..1, `avg_sentiment_drift` -2..2.

    `loyalty_tier` is standard, silver, gold or platinum.
    """

    customer_id: int
    total_sessions: int
    total_escalations: int
    resolution_rate: float
    weighted_sentiment: float
    avg_sentiment_drift: float
    topic_frequency: dict[str, int]
    loyalty_tier: str
    total_spend: Decimal
    risk_flag: bool
    risk_reasons: list[str]
    preferred_tone: str | None
    first_contact: datetime | None
    last_contact: datetime | None
    last_resolution_status: str | None


async def find_profile(db: Connection, tenant: str, customer_id: int) -> Profile | None:
    """The customer's profile, or None before the first session."""
    return await fetch_one(
        db,
        Profile,
        f"SELECT {COLUMNS} FROM profiles WHERE tenant = %s AND customer_id = %s",  # noqa: S608
        (tenant, customer_id),
    )


async def delete_profile(db: Connection, tenant: str, customer_id: int) -> None:
    """Forget what the sessions came to; the next one that ends begins anew."""
    await db.execute(
        "DELETE FROM profiles WHERE tenant = %s AND customer_id = %s", (tenant, customer_id)
    )


async def save_profile(db: Connection, tenant: str, profile: Profile) -> None:
    """Put the profile in the place of the one before."""
    names = COLUMNS.split(", ")
    values = [Jsonb(v) if isinstance(v, dict) else v for v in astuple(profile)]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    marks = ", ".join(["%s"] * len(names))
    await db.execute(
        f"INSERT INTO profiles (tenant, {COLUMNS}) VALUES (%s, {marks})"  # noqa: S608
        f" ON CONFLICT (tenant, customer_id) DO UPDATE SET {changes}, updated_at = now()",
        (tenant, *values),
    )
