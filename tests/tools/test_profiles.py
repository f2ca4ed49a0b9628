"""Two profiles of one person."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from data.profiles import Profile
from tools.profiles import joined, tier_of

MAY, JUNE = datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)


def profile(number: int, sessions: int, **known: object) -> Profile:
    usual: dict[str, object] = {
        "total_escalations": 0,
        "resolution_rate": 1.0,
        "weighted_sentiment": 0.0,
        "avg_sentiment_drift": 0.0,
        "topic_frequency": {},
        "loyalty_tier": "standard",
        "total_spend": Decimal("60.00"),
        "risk_flag": False,
        "risk_reasons": [],
        "preferred_tone": None,
        "first_contact": None,
        "last_contact": None,
        "last_resolution_status": None,
    }
    return Profile(number, sessions, **{**usual, **known})  # type: ignore[arg-type]


def test_counts_are_added_and_averages_weighted_by_sessions() -> None:
    one = profile(1, 3, weighted_sentiment=0.4, topic_frequency={"a": 2}, first_contact=MAY)
    two = profile(
        2,
        1,
        weighted_sentiment=-0.4,
        resolution_rate=0.0,
        topic_frequency={"a": 1, "b": 1},
        risk_flag=True,
        risk_reasons=["low sentiment"],
        preferred_tone="playful",
        last_contact=JUNE,
        last_resolution_status="unresolved",
    )
    both = joined(one, two)
    assert (both.customer_id, both.total_sessions) == (1, 4)
    assert (both.weighted_sentiment, both.resolution_rate) == (0.2, 0.75)
    assert both.topic_frequency == {"a": 3, "b": 1}
    assert (both.total_spend, both.loyalty_tier) == (Decimal("120.00"), "silver")
    assert (both.risk_flag, both.risk_reasons) == (True, ["low sentiment"])
    assert (both.first_contact, both.last_contact) == (MAY, JUNE)
    assert (both.preferred_tone, both.last_resolution_status) == ("playful", "unresolved")


def test_two_profiles_without_sessions_are_one_without_sessions() -> None:
    assert joined(profile(1, 0), profile(2, 0)).total_sessions == 0


@pytest.mark.parametrize(
    ("spent", "tier"),
    [
        ("0", "standard"),
        ("99.99", "standard"),
        ("100", "silver"),
        ("499.99", "silver"),
        ("500", "gold"),
        ("1999.99", "gold"),
        ("2000", "platinum"),
    ],
)
def test_the_tier_follows_from_what_was_spent(spent: str, tier: str) -> None:
    assert tier_of(Decimal(spent)) == tier
