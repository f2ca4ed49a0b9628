"""What is known of a verified customer at the start of a turn."""

from typing import Any

from data import customers, profiles, subscriptions
from data.db import Database
from data.errors import NotFound
from data.records import plain
from data.scope import Scope


async def known_customer(database: Database, scope: Scope) -> dict[str, Any] | None:
    """Name, plan, subscription and profile as plain values; None if the customer is gone."""
    customer_id = scope.verified_customer
    if customer_id is None:
        return None
    async with database.transaction(scope.tenant) as db:
        try:
            customer = await customers.get_customer(db, scope.tenant, customer_id)
        except NotFound:
            return None
        held = await subscriptions.list_subscriptions(db, scope.tenant, customer_id)
        profile = await profiles.find_profile(db, scope.tenant, customer_id)
    return {
        "id": customer.id,
        "name": customer.name,
        "plan": customer.plan,
        "since": plain(customer.since),
        "subscription": plain(held[0]) if held else None,
        "loyalty_tier": profile.loyalty_tier if profile else None,
        "risk_flag": profile.risk_flag if profile else False,
        "preferred_tone": customer.preferred_tone or (profile.preferred_tone if profile else None),
    }
