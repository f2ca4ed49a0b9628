from dataclasses import replace
from decimal import Decimal

from data.db import Connection
from data.profiles import find_profile, save_profile
from tests.acme import ACME, ANN, BEA


async def test_a_customer_without_sessions_has_no_profile(acme: Connection) -> None:
    assert await find_profile(acme, ACME, BEA) is None


async def test_a_saved_profile_replaces_the_one_before(acme: Connection) -> None:
    before = await find_profile(acme, ACME, ANN)
    assert before is not None
    assert (before.loyalty_tier, before.total_spend) == ("silver", Decimal("120.00"))
    after = replace(before, loyalty_tier="gold", topic_frequency={"outage": 2}, risk_reasons=[])
    await save_profile(acme, ACME, after)
    assert await find_profile(acme, ACME, ANN) == after


async def test_a_first_profile_is_saved(acme: Connection) -> None:
    anns = await find_profile(acme, ACME, ANN)
    assert anns is not None
    beas = replace(anns, customer_id=BEA, preferred_tone="playful")
    await save_profile(acme, ACME, beas)
    assert await find_profile(acme, ACME, BEA) == beas
