"""What two profiles of one person come to. Pure functions."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from data.profiles import Profile

# The least somebody has spent, in the company's currency, to be called so.
TIERS = (
    (Decimal(2000), "platinum"),
    (Decimal(500), "gold"),
    (Decimal(100), "silver"),
    (Decimal(0), "standard"),
)


def tier_of(spent: Decimal) -> str:
    """The loyalty tier.

    >>> tier_of(Decimal("99.99")), tier_of(Decimal(100)), tier_of(Decimal(5000))
    ('standard', 'silver', 'platinum')
    """
    return next((name for least, name in TIERS if spent >= least), TIERS[-1][1])


def joined(kept: Profile, other: Profile) -> Profile:
    """One profile of both: counts added, averages weighted by sessions, the latest word counts."""
    sessions = kept.total_sessions + other.total_sessions
    latest = max(
        kept, other, key=lambda one: one.last_contact.timestamp() if one.last_contact else 0
    )
    spent = kept.total_spend + other.total_spend
    contacts = [c for c in (kept.first_contact, other.first_contact) if c]
    topics = Counter(kept.topic_frequency) + Counter(other.topic_frequency)

    def average(of_kept: float, of_other: float) -> float:
        if not sessions:
            return of_kept
        weighted = of_kept * kept.total_sessions + of_other * other.total_sessions
        return round(weighted / sessions, 4)

    return replace(
        kept,
        total_sessions=sessions,
        total_escalations=kept.total_escalations + other.total_escalations,
        resolution_rate=average(kept.resolution_rate, other.resolution_rate),
        weighted_sentiment=average(kept.weighted_sentiment, other.weighted_sentiment),
        avg_sentiment_drift=average(kept.avg_sentiment_drift, other.avg_sentiment_drift),
        topic_frequency=dict(topics),
        loyalty_tier=tier_of(spent),
        total_spend=spent,
        risk_flag=kept.risk_flag or other.risk_flag,
        risk_reasons=sorted({*kept.risk_reasons, *other.risk_reasons}),
        preferred_tone=latest.preferred_tone or kept.preferred_tone or other.preferred_tone,
        first_contact=min(contacts, default=None),
        last_contact=latest.last_contact,
        last_resolution_status=latest.last_resolution_status,
    )
