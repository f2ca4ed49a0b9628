"""An index for each tenant and model of many passages, and for nobody else.

One of all vectors would be walked past other tenants' passages, and every small tenant's upload
would have to be put in. It is built and dropped without holding up anybody's uploads, which
Postgres does only outside any transaction and function, and for the table's owner: a role that
owns `passages` and nothing else.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from data.db import Connection, Database
from data.rows import fetch_all
from data.search import INDEXED_FROM

logger = logging.getLogger(__name__)

BUILDING = 0x5B0A12F  # any constant; beside those of migrations and of setting up
MOST_DIMENSIONS = 2000  # that pgvector's index takes; larger vectors are all compared
MEMORY = "256MB"  # the graph of some 80,000 passages; what does not fit is built slowly

PATIENCE = "30s"  # with transactions that began before, such as a backup's: whoever uploads waits

COUNTED = """
WITH RECURSIVE one AS (
    (SELECT model, vector_dims(embedding) AS dimensions FROM passages
        WHERE tenant = %(tenant)s ORDER BY model LIMIT 1)
    UNION ALL
    SELECT following.* FROM one, LATERAL (
        SELECT model, vector_dims(embedding) FROM passages
        WHERE tenant = %(tenant)s AND model > one.model ORDER BY model LIMIT 1) AS following
)
SELECT model, dimensions, (SELECT count(*) FROM (SELECT FROM passages p
    WHERE p.tenant = %(tenant)s AND p.model = one.model LIMIT %(most)s) AS a_few) AS passages
FROM one
"""
BUILD = SQL(
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON public.passages"
    " USING hnsw ((embedding::public.vector({dimensions})) vector_cosine_ops)"
    " WITH (m = 24, ef_construction = 128)"
    " WHERE tenant = {tenant} AND model = {model} AND vector_dims(embedding) = {dimensions}"
)
DROP = SQL("DROP INDEX CONCURRENTLY IF EXISTS public.{name}")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many passages of a tenant a model has read, as far as was counted."""

    model: str
    dimensions: int
    passages: int


async def keep_search_index(database: Database, tenant: str, fewest: int = INDEXED_FROM) -> bool:
    """Build the tenant's indexes from `fewest` passages on, and drop them below half of that.

    One that was left half built is built anew. While another process builds any, nothing is done:
    the next change of the tenant's passages looks again. Whatever keeps it from being built costs
    time in searches, never an upload: it is logged.

    Returns:
        Whether there is one to search by.
    """
    async with database.reading(tenant) as db:
        kept, wanted = await _look(db, tenant, fewest)
    if kept == dict.fromkeys(wanted, True):
        return bool(kept)
    try:
        async with database.index.connection() as owner:
            await owner.execute("SELECT set_config('app.tenant', %s, false)", [tenant])
            if await _is_alone(owner):
                kept, wanted = await _look(owner, tenant, fewest)  # others may have been quicker
                await _change(owner, tenant, kept, wanted)
                kept = dict.fromkeys(wanted, True)
    except psycopg.Error:
        logger.exception("search index not kept", extra={"tenant": tenant})
    return any(kept.values())


async def _look(
    db: Connection, tenant: str, fewest: int
) -> tuple[dict[str, bool], dict[str, Counted]]:
    """The tenant's indexes and whether they are whole; those it should have."""
    prefix = f"passages_near_{_digest(tenant)[:16]}_"
    cursor = await db.execute(
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = 'public.passages'::regclass AND starts_with(c.relname, %s)",
        [prefix],
    )
    kept: dict[str, bool] = dict(await cursor.fetchall())
    counted = await fetch_all(db, Counted, COUNTED, {"tenant": tenant, "most": fewest})
    return kept, _wanted(prefix, counted, kept, fewest)


def _wanted(
    prefix: str, counted: Sequence[Counted], kept: Mapping[str, bool], fewest: int
) -> dict[str, Counted]:
    named = {prefix + _digest(f"{one.model} {one.dimensions}")[:8]: one for one in counted}
    return {
        name: one
        for name, one in named.items()
        # one that goes up and down is not built again and again
        if one.passages >= (fewest // 2 if name in kept else fewest)
        and one.dimensions <= MOST_DIMENSIONS
    }


async def _is_alone(owner: Connection) -> bool:
    """Whether nobody else builds an index, until the connection is closed.

    Never waited for: who waits has a snapshot, for which the other's build waits in turn.
    """
    cursor = await owner.execute("SELECT pg_try_advisory_lock(%s)", [BUILDING])
    return await cursor.fetchone() == (True,)


async def _change(
    owner: Connection, tenant: str, kept: Mapping[str, bool], wanted: Mapping[str, Counted]
) -> None:
    for setting, value in (("maintenance_work_mem", MEMORY), ("lock_timeout", PATIENCE)):
        await owner.execute("SELECT set_config(%s, %s, false)", (setting, value))
    for name, whole in kept.items():
        if not whole or name not in wanted:
            await owner.execute(DROP.format(name=Identifier(name)))
    for name, one in wanted.items():
        values = {
            "name": Identifier(name),
            "tenant": Literal(tenant),
            "model": Literal(one.model),
            "dimensions": Literal(one.dimensions),
        }
        await owner.execute(BUILD.format(**values))


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
