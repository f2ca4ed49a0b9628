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
    SELECT c.table_name, c.column_name, c.data_type = 'text' AND NOT EXISTS (
        SELECT FROM pg_constraint k JOIN pg_attribute a
            ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
        WHERE k.conrelid = format('public.%I', c.table_name)::regclass
            AND a.attname = c.column_name AND k.contype IN ('c', 'f', 'p')) AS marked
    FROM information_schema.columns c
    JOIN pg_class t ON t.oid = format('public.%I', c.table_name)::regclass AND t.relkind = 'r'
    WHERE c.table_schema = 'public' AND c.is_generated = 'NEVER'
    ORDER BY c.table_name, c.ordinal_position
"""


def columns_of(db: psycopg.Connection[Any]) -> dict[str, dict[str, bool]]:
    """Of every table its columns, and which of them take the mark."""
    found: dict[str, dict[str, bool]] = {}
    for table, column, marked in db.execute(COLUMNS):
        found.setdefault(table, {})[column] = marked
    return found


ALONE = """
    SELECT i.indrelid::regclass::text, a.attname FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE i.indisunique AND i.indnatts = 1 AND t.typname = 'uuid'
"""


def mirror(url: str, tenant: str, into: str) -> set[str]:
    """Copy a tenant's rows; the tables that had any."""
    with psycopg.connect(url) as db:
        db.execute("SET session_replication_role = replica")  # in any order
        db.execute(
            "INSERT INTO ops.tenants (id, name, settings, token_secret)"
            " SELECT %s, %s, settings, 'secret-' || md5(token_secret)"
            " FROM ops.tenants WHERE id = %s",
            (into, f"{MARK} Ltd", tenant),
        )
        alone = set(db.execute(ALONE).fetchall())  # unique over all tenants: random, so never met
        return {
            table
            for table, columns in columns_of(db).items()
            if "tenant" in columns and _copy(db, table, columns, alone, tenant, into)
        }


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
        if (table, name) in alone:
            return sql.SQL("gen_random_uuid()")
        column = sql.Identifier(name)
        if columns[name]:
            # not in a single word: it may be one of a list
            marked = "CASE WHEN {1} ~ '[ @]' THEN {0} || ' ' || {1} ELSE {1} END"
            return sql.SQL(marked).format(sql.Literal(MARK), column)
        return column

    statement = sql.SQL(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} WHERE tenant = {}"
    ).format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(value, columns)),
        sql.Identifier(table),
        sql.Literal(tenant),
    )
    return db.execute(statement).rowcount


def rows_of(url: str, tenant: str) -> dict[str, str]:
    """A digest of everything a tenant has."""
    found = {}
    with psycopg.connect(url) as db:
        for table, columns in columns_of(db).items():
            if "tenant" in columns:
                digest = sql.SQL(
                    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
                    " FROM {} t WHERE tenant = {}"
                ).format(sql.Identifier(table), sql.Literal(tenant))
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
        "documents" if noun == "doc" else "",
    }
    if name == "key_id":
        places = [("ops", "api_keys", "id")]
    else:
        with psycopg.connect(url) as db:
            known = columns_of(db)
        places = [("public", t, "id") for t in known if t in own and "id" in known[t]]
        places += [("public", t, name) for t in known if name in known[t] and "tenant" in known[t]]
    values: dict[Any, None] = {}
    with psycopg.connect(url, row_factory=dict_row) as db:
        for schema, table, column in places:
            query = sql.SQL(
                "SELECT DISTINCT {0} AS id FROM {1} WHERE tenant = {2} AND {0} IS NOT NULL"
                " ORDER BY {0} LIMIT {3}"
            ).format(
                sql.Identifier(column),
                sql.Identifier(schema, table),
                sql.Literal(tenant),
                sql.Literal(most),
            )
            values |= dict.fromkeys(row["id"] for row in db.execute(query))
    return list(values)[:most]
