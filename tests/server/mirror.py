"""A tenant that has another's rows under the same ids, with a mark in every text that may have one.

Whatever table comes later is mirrored by itself.
"""

from functools import cache
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

MARK = "zqxmirrored"

COLUMNS = """
    SELECT t.oid::regclass::text, c.column_name, c.data_type = 'text' AND NOT EXISTS (
        SELECT FROM pg_constraint k JOIN pg_attribute a
            ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
        WHERE k.conrelid = t.oid AND a.attname = c.column_name
            AND k.contype IN ('c', 'f', 'p')) AS marked
    FROM information_schema.columns c
    JOIN pg_class t ON t.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
    WHERE c.table_schema IN ('public', 'ops') AND t.relkind = 'r' AND c.is_generated = 'NEVER'
    ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""

# How a row says whose it is: by a column, or by how its thread's name begins.
OWNERS = ("tenant", "thread_id")


def columns_of(db: psycopg.Connection[Any]) -> dict[str, dict[str, bool]]:
    """Of every table, `ops.` before those of that schema, its columns, and which take the mark."""
    found: dict[str, dict[str, bool]] = {}
    for table, column, marked in db.execute(COLUMNS):
        found.setdefault(table, {})[column] = marked
    return found


ALONE = """
    SELECT i.indrelid::regclass::text, a.attname FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE i.indisunique AND i.indnatts = 1 AND t.typname IN ('uuid', 'bytea')
"""


def owned(db: psycopg.Connection[Any]) -> dict[str, dict[str, bool]]:
    """The tables whose rows belong to somebody."""
    return {
        table: columns
        for table, columns in columns_of(db).items()
        if not columns.keys().isdisjoint(OWNERS)
    }


def mirror(url: str, tenant: str, into: str) -> tuple[set[str], set[str]]:
    """Copy a tenant's rows; the tables that had any, and those that had none."""
    with psycopg.connect(url) as db:
        db.execute("SET session_replication_role = replica")  # in any order
        db.execute(
            "INSERT INTO ops.tenants (id, name, settings, token_secret)"
            " SELECT %s, %s, settings, 'secret-' || md5(token_secret)"
            " FROM ops.tenants WHERE id = %s",
            (into, f"{MARK} Ltd", tenant),
        )
        alone = set(db.execute(ALONE).fetchall())  # unique over all tenants: random, so never met
        tables = owned(db)
        copied = {
            table
            for table, columns in tables.items()
            if _copy(db, table, columns, alone, tenant, into)
        }
        return copied, tables.keys() - copied


def _copy(
    db: psycopg.Connection[Any],
    table: str,
    columns: dict[str, bool],
    alone: set[Any],
    tenant: str,
    into: str,
) -> int:
    def value(name: str) -> sql.Composable:
        if name == "tenant":
            return sql.Literal(into)
        if name == "thread_id":
            return sql.SQL("{0} || substr(thread_id, {1})").format(
                sql.Literal(into), sql.Literal(len(tenant) + 1)
            )
        if (table, name) in alone:
            fresh = "gen_random_uuid()" if name == "id" else "uuid_send(gen_random_uuid())"
            return sql.SQL(fresh)
        column = sql.Identifier(name)
        if columns[name]:
            # not in a single word: it may be one of a list
            marked = "CASE WHEN {1} ~ '[ @]' THEN {0} || ' ' || {1} ELSE {1} END"
            return sql.SQL(marked).format(sql.Literal(MARK), column)
        return column

    statement = sql.SQL(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} WHERE {}"
    ).format(
        sql.SQL(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(value, columns)),
        sql.SQL(table),
        _of(columns, tenant),
    )
    return db.execute(statement).rowcount


def _of(columns: dict[str, bool], tenant: str) -> sql.Composable:
    if "tenant" in columns:
        return sql.SQL("tenant = {}").format(sql.Literal(tenant))
    return sql.SQL("split_part(thread_id, ':', 1) = {}").format(sql.Literal(tenant))


def rows_of(url: str, tenant: str) -> dict[str, str]:
    """A digest of everything a tenant has, but when its keys were used: that is written later."""
    found = {}
    with psycopg.connect(url) as db:
        for table, columns in owned(db).items():
            digest = sql.SQL(
                "SELECT md5(coalesce(string_agg(r, '|' ORDER BY r), '')) FROM"
                " (SELECT (to_jsonb(t) - 'last_used_at')::text AS r FROM {} t WHERE {}) rows"
            ).format(sql.SQL(table), _of(columns, tenant))
            found[table] = str(db.execute(digest).fetchone())
    return found


@cache
def ids_of(url: str, tenant: str, name: str, most: int = 2) -> list[Any]:
    """A tenant's values of an id, such as `order_id`: of that column, or of that noun's table."""
    noun = name.removesuffix("_id")
    own = {
        f"{noun}s",
        f"operator_{noun}s",
        f"{noun}_responses",
        f"knowledge_{noun}s",
        "documents" if noun == "doc" else "",
    }
    with psycopg.connect(url) as db:
        known = {t: columns for t, columns in columns_of(db).items() if not t.startswith("ops.")}
    places = [("ops.api_keys", "id")] if name == "key_id" else []
    places += [(t, "id") for t in known if t in own and "id" in known[t]]
    places += [(t, name) for t in known if name in known[t] and "tenant" in known[t]]
    values: dict[Any, None] = {}
    with psycopg.connect(url, row_factory=dict_row) as db:
        for table, column in places:
            query = sql.SQL(
                "SELECT DISTINCT {0} AS id FROM {1} WHERE tenant = {2} AND {0} IS NOT NULL"
                " ORDER BY {0} LIMIT {3}"
            ).format(
                sql.Identifier(column),
                sql.SQL(table),
                sql.Literal(tenant),
                sql.Literal(most),
            )
            values |= dict.fromkeys(row["id"] for row in db.execute(query))
    return list(values)[:most]
