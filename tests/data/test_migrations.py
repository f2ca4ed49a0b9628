from uuid import uuid4

import psycopg
import pytest

from data.db import APP_ROLE, OPS_ROLE, Database, as_role, open_database
from data.migrate import migrate, take_back
from data.search_index import keep_search_index

NEAR_INDEXES = """SELECT oid, relname FROM pg_class
    WHERE relkind = 'i' AND starts_with(relname, 'passages_near_') ORDER BY relname"""

# Tables outside any tenant. Adding one here is a decision, not a formality.
OPS_TABLES = {
    "alembic_version",
    "api_keys",
    "checkpoint_migrations",
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "tenants",
}

TABLES = """
    SELECT n.nspname AS schema, c.relname AS name, c.relrowsecurity AS secured,
           c.relforcerowsecurity AS forced,
           EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policy,
           has_table_privilege(%s, c.oid, 'SELECT') AS app_reads
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_toast'
"""


def test_every_table_belongs_to_tenants_or_is_a_listed_exception(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        for schema, name, secured, forced, has_policy, app_reads in db.execute(TABLES, [APP_ROLE]):
            if schema == "ops":
                assert name in OPS_TABLES, f"ops.{name} is not on the list"
                assert not app_reads, f"the application role can read ops.{name}"
            else:
                assert (secured, forced, has_policy) == (True, True, True), f"{name} is open"


@pytest.mark.parametrize("role", [APP_ROLE, OPS_ROLE])
def test_the_roles_are_neither_owners_nor_exempt_from_row_level_security(
    database_url: str, role: str
) -> None:
    with psycopg.connect(database_url) as db:
        flags = db.execute(
            "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = %s", [role]
        ).fetchone()
        owned = db.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
            " WHERE r.rolname = %s",
            [role],
        ).fetchone()
    assert flags == (False, False, False)
    assert owned == (0,)


def test_the_ops_role_reads_no_tenants_table(database_url: str) -> None:
    with (
        psycopg.connect(as_role(database_url, OPS_ROLE)) as db,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        db.execute("SELECT * FROM customers")


def test_the_schema_goes_back_and_forward_again(database_url: str) -> None:
    migrate(database_url, "base")
    with psycopg.connect(database_url) as db:
        left = db.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('public', 'ops') AND c.relkind = 'r'"
            " AND relname <> 'alembic_version'"
        ).fetchall()
    assert left == []
    migrate(database_url)


async def test_vectors_of_before_any_model_could_serve_are_kept_both_ways(
    database_url: str,
) -> None:
    put = (
        "INSERT INTO passages (tenant, document_id, position, content, model, embedding)"
        " SELECT 'acme', 1, n, 'x', %s, array_fill(0.1, ARRAY[%s])::vector"
        " FROM generate_series(1, 9) AS n"
    )
    held = "SELECT model, vector_dims(embedding), count(*) FROM passages GROUP BY 1, 2 ORDER BY 1"
    take_back(database_url, "0021")
    with psycopg.connect(database_url) as db:
        db.execute(
            "INSERT INTO documents (tenant, id, title, source, digest)"
            " VALUES ('acme', 1, '', 'd', '')"
        )
        db.execute(put, ["a", 384])
        db.execute("SELECT ops.keep_search_index('acme', 5)")
    migrate(database_url, "0025")
    with psycopg.connect(database_url) as db:
        db.execute(put, ["b", 8])
        db.execute("SELECT ops.keep_search_index('acme', 5)")
        assert db.execute(held).fetchall() == [("a", 384, 9), ("b", 8, 9)]
        before = db.execute(NEAR_INDEXES).fetchall()
    migrate(database_url)
    async with open_database(database_url, minimum=1, maximum=1) as database:
        assert await keep_search_index(database, "acme", 5)
    with psycopg.connect(database_url) as db:  # those of before, not built again
        assert len(before) == 2
        assert db.execute(NEAR_INDEXES).fetchall() == before
    take_back(database_url, "0021")
    with psycopg.connect(database_url) as db:
        assert db.execute(held).fetchall() == [("a", 384, 9)]
    migrate(database_url)


async def test_a_tenant_sees_and_writes_only_its_own_rows(db: Database) -> None:
    insert = "INSERT INTO customers (tenant, id, name, email) VALUES (%s, 1, %s, %s)"
    async with db.transaction("acme") as acme:
        await acme.execute(insert, ["acme", "Ann", "ann@example.com"])
    async with db.transaction("globex") as globex:
        found = await (await globex.execute("SELECT * FROM customers")).fetchall()
        assert found == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await globex.execute(insert, ["acme", "Eve", "eve@example.com"])


async def test_a_connection_without_a_tenant_sees_nothing(db: Database, database_url: str) -> None:
    async with db.transaction("acme") as acme:
        await acme.execute(
            "INSERT INTO customers (tenant, id, name, email) VALUES ('acme', 1, 'A', 'a@b.c')"
        )
    with psycopg.connect(as_role(database_url, APP_ROLE)) as bare:
        assert bare.execute("SELECT * FROM customers").fetchall() == []


async def test_a_connection_that_served_one_tenant_is_set_for_the_next(database_url: str) -> None:
    async with open_database(database_url, minimum=1, maximum=1) as one:
        for tenant in ("acme", "globex", "acme"):
            async with one.transaction(tenant) as db:
                await db.execute(
                    "INSERT INTO customers (tenant, name, email) VALUES (%s, 'A', %s)",
                    (tenant, f"{uuid4()}@example.com"),
                )
        for tenant, count in (("globex", 1), ("acme", 2), ("initech", 0)):
            async with one.reading(tenant) as db:
                assert len(await (await db.execute("SELECT * FROM customers")).fetchall()) == count


async def test_a_failed_transaction_leaves_nothing_and_the_connection_usable(db: Database) -> None:
    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            async with db.transaction("acme") as acme:
                await acme.execute(
                    "INSERT INTO customers (tenant, id, name, email) VALUES ('acme', 9, 'A', 'a')"
                )
                raise ZeroDivisionError
    async with db.transaction("acme") as acme:
        assert await (await acme.execute("SELECT * FROM customers")).fetchall() == []
