"""Every column that holds personal data, and changing what is stored in them, batch by batch.

The words of a conversation (messages, tickets, summaries) are not among them: they are searched,
counted and shown as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from data import customers, leads
from data.db import Connection
from data.personal import MARK, Personal, opened_json, opened_text
from data.sealing import CannotOpen

BATCH = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """A table's primary key without the tenant, and its columns of either type."""

    key: tuple[str, ...]
    texts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.texts + self.values


COLUMNS = {
    "customers": Columns(("id",), texts=customers.PERSONAL),
    "leads": Columns(("id",), texts=leads.PERSONAL),
    "outbox": Columns(("id",), texts=("recipient",)),
    "writes": Columns(("key",), values=("arguments", "before", "after")),
    "rulings": Columns(("key",), values=("arguments",)),
    "approvals": Columns(("id",), values=("arguments", "preview", "edited", "outcome")),
    "turn_rounds": Columns(("turn_id", "round"), values=("message",)),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """What was done to some rows; `unopened` are those that no key opens, left as they were.

    `last` is where the next batch begins, None after the last one.
    """

    rows: int
    changed: int
    unopened: int
    last: Any


@dataclass(frozen=True, slots=True)
class Count:
    """A table's rows with personal data: sealed with the first key, with another, or open."""

    sealed: int
    outdated: int
    open: int


async def count_rows(db: Connection, tenant: str, table: str, prefix: str) -> Count:
    """How the rows of a table stand; `prefix` is the keyring's."""
    columns = COLUMNS[table]
    texts: list[sql.Composable] = [sql.Identifier(name) for name in columns.texts]
    texts += [sql.SQL("{} #>> '{{}}'").format(sql.Identifier(name)) for name in columns.values]
    listed = sql.SQL(", ").join(texts)
    cursor = await db.execute(
        sql.SQL(
            "WITH kinds AS (SELECT bool_or(NOT starts_with(one, %(mark)s)) AS open,"
            "  bool_or(starts_with(one, %(mark)s) AND NOT starts_with(one, %(first)s)) AS outdated"
            " FROM {table}, unnest(ARRAY[{listed}]) WITH ORDINALITY AS each (one, place)"
            " WHERE tenant = %(tenant)s AND one NOT IN ('', '{{}}', '[]', 'null') {living}"
            " GROUP BY {key})"
            " SELECT count(*) FILTER (WHERE NOT open AND NOT outdated),"
            "  count(*) FILTER (WHERE outdated AND NOT open), count(*) FILTER (WHERE open)"
            " FROM kinds"
        ).format(
            table=sql.Identifier(table),
            listed=listed,
            key=sql.SQL(", ").join(map(sql.Identifier, columns.key)),
            living=sql.SQL("AND forgotten_at IS NULL" if table == "customers" else ""),
        ),
        {"tenant": tenant, "mark": MARK, "first": MARK + prefix},
    )
    row = await cursor.fetchone()
    return Count(*row) if row else Count(0, 0, 0)


async def rewrite(
    db: Connection, personal: Personal, table: str, after: tuple[Any, ...] | None
) -> Batch:
    """Store the next rows of a table, in the order of their keys, as `personal` has it.

    What no key opens stays as it is.
    """
    columns = COLUMNS[table]
    rows = await _next_rows(db, personal.tenant, table, columns, after)
    changes, unopened = [], 0
    for row in rows:
        key, stored = row[: len(columns.key)], row[len(columns.key) :]
        try:
            wanted = _as_wanted(db, personal, columns, stored)
        except CannotOpen:
            unopened += 1
            continue
        if wanted is not None:
            changes.append((*wanted, personal.tenant, *key))
    await _store(db, table, columns, changes)
    last = tuple(rows[-1][: len(columns.key)]) if len(rows) == BATCH else None
    return Batch(len(rows), len(changes), unopened, last)


async def count_of(db: Connection, tenant: str, table: str) -> int:
    """How many rows of a table are the tenant's."""
    cursor = await db.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE tenant = %s").format(sql.Identifier(table)), [tenant]
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def add_email_keys(db: Connection, personal: Personal) -> Batch:
    """Give the next customers without a digest theirs."""
    cursor = await db.execute(
        "SELECT id, email FROM customers WHERE tenant = %s AND email_key IS NULL"
        " AND forgotten_at IS NULL ORDER BY id LIMIT %s FOR NO KEY UPDATE",
        (personal.tenant, BATCH),
    )
    found = await cursor.fetchall()
    keys = [
        (personal.email_key(opened_text(db, personal.tenant, email)), personal.tenant, number)
        for number, email in found
    ]
    async with db.cursor() as each:
        await each.executemany(
            "UPDATE customers SET email_key = %s WHERE tenant = %s AND id = %s", keys
        )
    return Batch(len(found), len(found), 0, () if found else None)


async def take_email_keys(db: Connection, tenant: str) -> Batch:
    """Take the digests of the next customers away."""
    cursor = await db.execute(
        "UPDATE customers SET email_key = NULL WHERE tenant = %s AND id IN (SELECT id"
        " FROM customers WHERE tenant = %s AND email_key IS NOT NULL LIMIT %s)",
        (tenant, tenant, BATCH),
    )
    return Batch(cursor.rowcount, cursor.rowcount, 0, () if cursor.rowcount else None)


def _as_wanted(
    db: Connection, personal: Personal, columns: Columns, stored: Sequence[Any]
) -> list[Any] | None:
    """The columns as they should be stored; None when they are.

    Raises:
        CannotOpen: no key opens one of them.
    """
    tenant, wanted, changed = personal.tenant, list(stored), False
    for place, value in enumerate(stored):
        is_text = place < len(columns.texts)
        shown = value if isinstance(value, str) else ("" if is_text or not value else "open")
        if personal.is_as_wanted(shown):
            if not is_text and value is not None:
                wanted[place] = Jsonb(value)
            continue
        changed = True
        if is_text:
            wanted[place] = personal.text(opened_text(db, tenant, value))
        else:
            wanted[place] = personal.json(opened_json(db, tenant, value))
    return wanted if changed else None


async def _next_rows(
    db: Connection, tenant: str, table: str, columns: Columns, after: tuple[Any, ...] | None
) -> list[tuple[Any, ...]]:
    keys = sql.SQL(", ").join(map(sql.Identifier, columns.key))
    later: sql.Composable = sql.SQL("")
    if after is not None:
        values = sql.SQL(", ").join(map(sql.Literal, after))
        later = sql.SQL(" AND ({}) > ({})").format(keys, values)
    if table == "customers":
        later += sql.SQL(" AND forgotten_at IS NULL")
    cursor = await db.execute(
        sql.SQL(
            "SELECT {keys}, {names} FROM {table} WHERE tenant = %s{later}"
            " ORDER BY {keys} LIMIT %s FOR NO KEY UPDATE"
        ).format(
            keys=keys,
            names=sql.SQL(", ").join(map(sql.Identifier, columns.names)),
            table=sql.Identifier(table),
            later=later,
        ),
        (tenant, BATCH),
    )
    return await cursor.fetchall()


async def _store(
    db: Connection, table: str, columns: Columns, changes: list[tuple[Any, ...]]
) -> None:
    if not changes:
        return
    settings = (sql.SQL("{} = %s").format(sql.Identifier(name)) for name in columns.names)
    which = (sql.SQL("{} = %s").format(sql.Identifier(name)) for name in ("tenant", *columns.key))
    statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(
        sql.Identifier(table), sql.SQL(", ").join(settings), sql.SQL(" AND ").join(which)
    )
    async with db.cursor() as each:
        await each.executemany(statement, changes)
