"""Joining two customers who are one person, and taking them apart again.

The rows of the merged customer are given to the survivor, and which they were is kept, so that
exactly those go back. The merged one's own row stays and points to the survivor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from data.db import Connection
from data.errors import NotFound
from data.rows import fetch_all, fetch_one
from data.scope import party_of

# Every table whose rows belong to a customer, with what names a row of it. The audit trail stays
# as it was written, and a profile is made of both: see `tools/profiles.py`.
MOVED = {
    "orders": "id",
    "invoices": "id",
    "subscriptions": "id",
    "lines": "id",
    "tickets": "id",
    "leads": "id",
    "conversations": "id",
    "handoffs": "id",
    "approvals": "id",
    "codes": "id",
    "session_insights": "session",
    "knowledge_gaps": "id",
    "knowledge_feedback": "id",
}
PARTIES = (
    "conversations",
    "approvals",
    "knowledge_gaps",
    "knowledge_feedback",
)  # that name a party, too


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's place among merges; `merged_into` is None for one who stands alone."""

    id: int
    merged_into: int | None


@dataclass(frozen=True, slots=True)
class Merge:
    """`moved` has the names of rows by table; those whose party changed under `table.party`.

    `profile` is the survivor's from before, as plain values; None where there was none.
    """

    id: int
    survivor_id: int
    merged_id: int
    moved: dict[str, list[str]]
    profile: dict[str, Any] | None

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each table it was about."""
        return {table: len(rows) for table, rows in self.moved.items() if table in MOVED and rows}


async def lock_standing(db: Connection, tenant: str, customer_id: int) -> Standing:
    """Where the customer stands, locked until the transaction ends.

    Raises:
        NotFound: the tenant has no such customer, or has forgotten them.
    """
    found = await fetch_one(
        db,
        Standing,
        "SELECT id, merged_into FROM customers"
        " WHERE tenant = %s AND id = %s AND forgotten_at IS NULL FOR UPDATE",
        (tenant, customer_id),
    )
    if found is None:
        raise NotFound("customer", customer_id)
    return found


async def survivor_of(db: Connection, tenant: str, customer_id: int) -> int:
    """Whose rows the customer's are now: their own number, unless they were merged."""
    cursor = await db.execute("SELECT survivor(%s, %s)", (tenant, customer_id))
    row = await cursor.fetchone()
    return int(row[0]) if row and row[0] is not None else customer_id


async def merged_with(db: Connection, tenant: str, customer_id: int) -> list[int]:
    """The customer and everybody who was merged into them, directly or not."""
    cursor = await db.execute(
        "WITH RECURSIVE same AS ("
        "  SELECT %(id)s::bigint AS id"
        "  UNION SELECT c.id FROM customers c JOIN same"
        "   ON c.tenant = %(tenant)s AND c.merged_into = same.id)"
        " SELECT id FROM same ORDER BY id",
        {"tenant": tenant, "id": customer_id},
    )
    return [int(row[0]) for row in await cursor.fetchall()]


async def lock_conversations(db: Connection, tenant: str, customers: list[int]) -> bool:
    """Lock all of the customers' conversations; whether none of them is being answered."""
    cursor = await db.execute(
        "SELECT turn_id IS NULL OR coalesce(lease_until < clock_timestamp(), true)"
        " FROM conversations WHERE tenant = %s AND (customer_id = ANY(%s) OR party = ANY(%s))"
        " ORDER BY id FOR NO KEY UPDATE",
        (tenant, customers, [party_of(one) for one in customers]),
    )
    return all(row[0] for row in await cursor.fetchall())


async def add_merge(
    db: Connection, tenant: str, survivor: int, merged: int, profile: dict[str, Any] | None
) -> Merge:
    """Give the merged customer's rows to the survivor, and remember which they were."""
    moved = {}
    for table, key in MOVED.items():
        numbers = {"tenant": tenant, "from": merged, "to": survivor}
        moved[table] = await _change(db, table, "customer_id", key, numbers)
    for table in PARTIES:
        parties = {"tenant": tenant, "from": party_of(merged), "to": party_of(survivor)}
        moved[f"{table}.party"] = await _change(db, table, "party", MOVED[table], parties)
    await db.execute(
        "UPDATE customers SET merged_into = %s, updated_at = now() WHERE tenant = %s AND id = %s",
        (survivor, tenant, merged),
    )
    added = await fetch_one(
        db,
        Merge,
        "INSERT INTO merges (tenant, survivor_id, merged_id, moved, profile)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id, survivor_id, merged_id, moved, profile",
        (tenant, survivor, merged, Jsonb(moved), None if profile is None else Jsonb(profile)),
    )
    assert added is not None  # an insert returns its row
    return added


async def open_merges(db: Connection, tenant: str, survivor: int) -> list[Merge]:
    """Those into the survivor that were not undone, newest first."""
    return await fetch_all(
        db,
        Merge,
        "SELECT id, survivor_id, merged_id, moved, profile FROM merges"
        " WHERE tenant = %s AND survivor_id = %s AND undone_at IS NULL ORDER BY id DESC",
        (tenant, survivor),
    )


async def undo_merge(db: Connection, tenant: str, merge: Merge) -> None:
    """Give back what the merge moved; what came since is the survivor's.

    A merge of an earlier version knows nothing of tables that came later.
    """
    for table, key in MOVED.items():
        numbers = {"tenant": tenant, "from": merge.survivor_id, "to": merge.merged_id}
        await _change(db, table, "customer_id", key, numbers, only=merge.moved.get(table, []))
    for table in PARTIES:
        parties = {
            "tenant": tenant,
            "from": party_of(merge.survivor_id),
            "to": party_of(merge.merged_id),
        }
        only = merge.moved.get(f"{table}.party", [])
        await _change(db, table, "party", MOVED[table], parties, only=only)
    await db.execute(
        "UPDATE customers SET merged_into = NULL, updated_at = now() WHERE tenant = %s AND id = %s",
        (tenant, merge.merged_id),
    )
    await db.execute(
        "UPDATE merges SET undone_at = now() WHERE tenant = %s AND id = %s", (tenant, merge.id)
    )


async def _change(
    db: Connection,
    table: str,
    column: str,
    key: str,
    values: Mapping[str, object],
    *,
    only: list[str] | None = None,
) -> list[str]:
    """Replace one value of a column by another; the names of the rows that had it."""
    statement = sql.SQL(
        "UPDATE {table} SET {column} = %(to)s WHERE tenant = %(tenant)s AND {column} = %(from)s"
        " AND (%(only)s::text[] IS NULL OR {key}::text = ANY(%(only)s)) RETURNING {key}::text"
    ).format(table=sql.Identifier(table), column=sql.Identifier(column), key=sql.Identifier(key))
    cursor = await db.execute(statement, {**values, "only": only})
    return [str(row[0]) for row in await cursor.fetchall()]
