"""Plans a tenant sells."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one

SELECT = "SELECT id, name, kind, price, currency, description, attributes FROM plans"


@dataclass(frozen=True, slots=True)
class Plan:
    """`attributes` are what is special to its kind, such as `speed_mbps` or `term_months`."""

    id: str
    name: str
    kind: str
    price: Decimal
    currency: str
    description: str
    attributes: dict[str, Any]


async def list_plans(db: Connection, tenant: str) -> list[Plan]:
    """All plans, by kind, cheapest first."""
    return await fetch_all(
        db, Plan, SELECT + " WHERE tenant = %s ORDER BY kind, price, id", [tenant]
    )


async def find_plan(db: Connection, tenant: str, plan_id: str) -> Plan | None:
    """The plan, or None for one that is no longer on offer."""
    return await fetch_one(db, Plan, SELECT + " WHERE tenant = %s AND id = %s", (tenant, plan_id))


async def get_plan(db: Connection, tenant: str, plan_id: str) -> Plan:
    """One plan.

    Raises:
        NotFound: the tenant has no such plan.
    """
    found = await find_plan(db, tenant, plan_id)
    if found is None:
        raise NotFound("plan", plan_id)
    return found
