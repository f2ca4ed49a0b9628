"""A tenant's policy, every version of it; `tools.policy_rules` gives the rules their meaning."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from data.db import Connection
from data.errors import Conflict, NotFound
from data.rows import fetch_one

COLUMNS = "version, rules, author, note, created_at"


@dataclass(frozen=True, slots=True)
class Policy:
    """Versions count from 1. `author` is the party who wrote it."""

    version: int
    rules: list[dict[str, Any]]
    author: str
    note: str | None
    created_at: datetime


async def find_policy(db: Connection, tenant: str, version: int | None = None) -> Policy | None:
    """The policy in force, or the version that is asked for; None where there is none."""
    return await fetch_one(
        db,
        Policy,
        f"SELECT {COLUMNS} FROM policies WHERE tenant = %s"  # noqa: S608
        " AND (%s::integer IS NULL OR version = %s) ORDER BY version DESC LIMIT 1",
        (tenant, version, version),
    )


async def put_policy(
    db: Connection,
    tenant: str,
    rules: list[dict[str, Any]],
    *,
    author: str,
    note: str | None,
    version: int,
) -> Policy:
    """Put a version in force.

    Raises:
        Conflict: it is not the next one: somebody else has written meanwhile. The transaction can
            only be rolled back.
    """
    try:
        added = await fetch_one(
            db,
            Policy,
            "INSERT INTO policies (tenant, version, rules, author, note)"  # noqa: S608
            " SELECT %(tenant)s, %(version)s, %(rules)s, %(author)s, %(note)s WHERE %(version)s ="
            " 1 + (SELECT coalesce(max(version), 0) FROM policies WHERE tenant = %(tenant)s)"
            f" RETURNING {COLUMNS}",
            {
                "tenant": tenant,
                "version": version,
                "rules": Jsonb(rules),
                "author": author,
                "note": note,
            },
        )
    except UniqueViolation:
        added = None
    if added is None:
        raise Conflict("version: the policy was changed meanwhile; read it again")
    return added


async def get_policy(db: Connection, tenant: str, version: int) -> Policy:
    """One version.

    Raises:
        NotFound: there is no such version.
    """
    found = await find_policy(db, tenant, version)
    if found is None:
        raise NotFound("policy version", version)
    return found
