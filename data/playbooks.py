"""A tenant's playbooks, as they were written; `agents.playbook` gives them their meaning."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from data.db import Connection


async def put_playbooks(
    db: Connection, tenant: str, definitions: Mapping[str, dict[str, Any]], *, replace: bool
) -> int:
    """Store definitions by name; without `replace`, those that are there stay as they are.

    Returns:
        How many were stored.
    """
    on_conflict = "UPDATE SET definition = excluded.definition, updated_at = now()"
    stored = 0
    for name, definition in definitions.items():
        cursor = await db.execute(
            "INSERT INTO playbooks (tenant, name, definition) VALUES (%s, %s, %s)"  # noqa: S608
            f" ON CONFLICT (tenant, name) DO {on_conflict if replace else 'NOTHING'}",
            (tenant, name, Jsonb(definition)),
        )
        stored += cursor.rowcount
    return stored


async def list_playbooks(db: Connection, tenant: str) -> list[dict[str, Any]]:
    """All definitions by name."""
    cursor = await db.execute(
        "SELECT definition FROM playbooks WHERE tenant = %s ORDER BY name", [tenant]
    )
    return [row[0] for row in await cursor.fetchall()]


async def playbooks_version(db: Connection, tenant: str) -> str:
    """Differs whenever a playbook was added, changed or removed.

    Made of row versions, not of clocks: a slow transaction that commits late counts too.
    """
    cursor = await db.execute(
        "SELECT concat_ws(':', count(*), sum(xmin::text::bigint)) FROM playbooks WHERE tenant = %s",
        [tenant],
    )
    row = await cursor.fetchone()
    return str(row[0]) if row else ""
