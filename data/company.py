"""What a tenant says of itself, for those who work as that tenant."""

from dataclasses import dataclass
from typing import Any

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_one


@dataclass(frozen=True, slots=True)
class Company:
    """`settings` is what the tenant's file holds besides id and name."""

    name: str
    settings: dict[str, Any]


async def get_company(db: Connection) -> Company:
    """The company the connection is set for.

    Raises:
        NotFound: there is no such tenant.
    """
    found = await fetch_one(db, Company, "SELECT name, settings FROM company")
    if found is None:
        raise NotFound("tenant", "of this connection")
    return found
