"""Load a tenant's demo business into the database, as often as you like."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg import sql
from psycopg.errors import IntegrityError

from data.customers import sealed_rows
from data.db import Connection, Database
from data.errors import Conflict
from data.seed.content import Section, read_content
from data.seed.entries import Row
from data.tenants import Tenant, add_tenant

HERE = Path(__file__).parent
SEED_FOLDERS: tuple[Path, ...] = (HERE / "northwave", HERE / "ridgeline")

TABLES = {"canned responses": "canned_responses", "insights": "session_insights"}

Report = Callable[[str, int, int], None]
"""Called with what is being loaded, how many rows of it are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`added` and `kept` count rows by noun; kept ones were there before and are as they were."""

    tenant: str
    added: dict[str, int]
    kept: dict[str, int]


async def load_tenant(database: Database, folder: Path, today: date, report: Report) -> Summary:
    """Add what is missing of a tenant's business; what is there stays, changed or not.

    Knowledge (articles, curated answers, intents) is not part of it.

    Args:
        database: where to.
        folder: the tenant's YAML files, see `data/seed/content.py`.
        today: the day, UTC, that the entries' relative dates count from.
        report: told about progress.

    Raises:
        Invalid: a file is wrong; nothing was written.
        Conflict: the tenant has rows of its own in the way.
    """
    content = await asyncio.to_thread(read_content, folder)
    entry = content.tenant
    tenant = Tenant(entry.id, entry.name, entry.settings, secrets.token_urlsafe(32))
    async with database.ops_transaction() as ops:
        added = {"tenants": int(await add_tenant(ops, tenant))}
    kept = {"tenants": 1 - added["tenants"]}
    async with database.transaction(tenant.id) as db:
        for section in content.sections:
            total = len(section.entries)
            added[section.name] = await _load(db, tenant.id, section, today)
            kept[section.name] = total - added[section.name]
            report(section.name, total, total)
    return Summary(tenant.id, added, kept)


async def _load(db: Connection, tenant: str, section: Section, today: date) -> int:
    rows = [
        {"tenant": tenant} | entry.row(today, position)
        for position, entry in enumerate(section.entries, start=1)
    ]
    if section.name == "customers":
        rows = await sealed_rows(db, tenant, rows)
    try:
        return await insert_missing(db, TABLES.get(section.name, section.name), rows)
    except IntegrityError as error:
        raise Conflict(
            f"{section.where}: tenant {tenant!r} has rows of its own that these do not fit"
            f" ({error.diag.constraint_name}); load into a fresh tenant instead"
        ) from error


async def insert_missing(db: Connection, table: str, rows: list[Row]) -> int:
    """Insert the rows whose keys are free and return how many that were.

    All rows have the same columns.
    """
    if not rows:
        return 0
    columns = list(rows[0])
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() * len(columns)),
    )
    async with db.cursor() as cursor:
        await cursor.executemany(query, [[row[name] for name in columns] for row in rows])
        return cursor.rowcount
