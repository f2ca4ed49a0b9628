"""A tenant's business rows as plain values: to compare two moments, and to undo what came between.

For evaluations, which play with the demo company and leave it as they found it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from data.db import Connection

Row = dict[str, Any]

# What a tool may change or refer to; what is referred to comes first.
TABLES: tuple[str, ...] = (
    "customers",
    "orders",
    "invoices",
    "subscriptions",
    "lines",
    "tickets",
    "leads",
    "quotes",
    "appointments",
)


async def read_business(db: Connection, tenant: str) -> dict[str, list[Row]]:
    """Every row of these tables, as JSON has them, by table."""
    one = "SELECT {name} AS name, to_jsonb(t) AS row FROM {table} AS t WHERE tenant = %(tenant)s"
    parts = [
        sql.SQL(one).format(name=sql.Literal(table), table=sql.Identifier(table))
        for table in TABLES
    ]
    query = sql.SQL("SELECT name, row FROM ({}) AS rows ORDER BY name, row -> 'id'")
    cursor = await db.execute(query.format(sql.SQL(" UNION ALL ").join(parts)), {"tenant": tenant})
    found: dict[str, list[Row]] = {table: [] for table in TABLES}
    for table, row in await cursor.fetchall():
        found[table].append(row)
    return found


async def put_back(
    db: Connection, tenant: str, table: str, *, created: Sequence[Any], originals: Sequence[Row]
) -> None:
    """Delete the rows with the ids `created`; make others what they were.

    Raises:
        ValueError: `table` is none of `TABLES`.
    """
    if table not in TABLES:
        raise ValueError(f"{table!r} holds no business rows")
    name = sql.Identifier(table)
    if created:
        delete = sql.SQL("DELETE FROM {} WHERE tenant = %s AND id = ANY(%s)").format(name)
        await db.execute(delete, [tenant, list(created)])
    if originals:
        await db.execute(_upsert(name, originals[0]), [Jsonb(list(originals))])


async def forget_acts(db: Connection, tenant: str) -> None:
    """Forget what was done and what waits, so that no policy counts it any more."""
    await db.execute("DELETE FROM approvals WHERE tenant = %s", [tenant])
    await db.execute("DELETE FROM writes WHERE tenant = %s", [tenant])


def _upsert(name: sql.Identifier, example: Mapping[str, Any]) -> sql.Composed:
    columns = [sql.Identifier(column) for column in example if column not in {"tenant", "id"}]
    changes = [sql.SQL("{0} = EXCLUDED.{0}").format(column) for column in columns]
    return sql.SQL(
        "INSERT INTO {name} SELECT * FROM jsonb_populate_recordset(NULL::{name}, %s)"
        " ON CONFLICT (tenant, id) DO UPDATE SET {changes}"
    ).format(name=name, changes=sql.SQL(", ").join(changes))
