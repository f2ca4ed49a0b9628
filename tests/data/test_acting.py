"""What the database lets an AI do, whatever the code above it asks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from data.acting import DATABASE_ROLES, act_as, act_freely
from data.db import Connection, Database, open_database
from data.errors import Forbidden
from data.scope import Identity, Role, Scope
from tests.acme import ACME, ANN, found_companies
from tests.conftest import TEMPLATE, copy_of

HERE = "talk"
AI, ASSIST = Role.CUSTOMER_AI, Role.AGENT_ASSIST
INSERT_LEAD = "INSERT INTO leads (tenant, name, conversation_id) VALUES ('acme', 'Lea', %s)"


@pytest.fixture(scope="module")
async def companies(postgres: str) -> AsyncIterator[Database]:
    """Nothing that these tests do to it stays."""
    with copy_of(postgres, TEMPLATE) as url:
        async with open_database(url, minimum=1, maximum=2) as database:
            await found_companies(database)
            async with database.transaction(ACME) as db:
                for name in (HERE, "other"):
                    await db.execute(
                        "INSERT INTO conversations (tenant, id, party, channel)"
                        " VALUES ('acme', %s, 'visitor:1', 'web')",
                        [name],
                    )
                await db.execute(INSERT_LEAD, ["other"])
            yield database


def scope(role: Role = AI, identity: Identity = Identity.VERIFIED) -> Scope:
    return Scope(ACME, role, "customer:1", HERE, ANN, identity)


class Undone(Exception):
    """Rolls a test's transaction back."""


@asynccontextmanager
async def acting(database: Database, who: Scope) -> AsyncIterator[Connection]:
    async with database.transaction(ACME) as db:
        await act_as(db, who)
        yield db


async def count(db: Connection, table: str) -> int:
    cursor = await db.execute(f"SELECT count(*) FROM {table}")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


OWN = {
    "customers": 1,
    "orders": 6,
    "tickets": 3,
    "invoices": 2,
    "subscriptions": 2,
    "lines": 2,
    "profiles": 1,
    "session_insights": 2,
}


@pytest.mark.parametrize("role", DATABASE_ROLES)
async def test_an_ai_sees_the_rows_of_its_runs_customer_only(
    companies: Database, role: Role
) -> None:
    async with acting(companies, scope(role)) as db:
        assert {table: await count(db, table) for table in OWN} == OWN
        assert (await count(db, "plans"), await count(db, "incidents")) == (2, 3)


@pytest.mark.parametrize("identity", [Identity.ANONYMOUS, Identity.CLAIMED])
async def test_for_an_unproved_caller_there_are_no_customers(
    companies: Database, identity: Identity
) -> None:
    async with acting(companies, scope(identity=identity)) as db:
        assert {table: await count(db, table) for table in OWN} == dict.fromkeys(OWN, 0)
        assert await count(db, "leads") == 0


REFUSED = {
    AI: (
        "UPDATE tickets SET assigned_to = 'me'",
        "UPDATE tickets SET subject = 'x'",
        "UPDATE tickets SET customer_id = 2",
        "UPDATE customers SET name = 'x'",
        "UPDATE customers SET sentiment_score = 1",
        "UPDATE orders SET amount = 0",
        "UPDATE orders SET status = 'refunded' WHERE id = 3",
        "UPDATE orders SET status = 'cancelled' WHERE id = 3",
        "UPDATE leads SET score = 1",
        "UPDATE leads SET outcome = 'won'",
        "UPDATE invoices SET status = 'paid'",
        "UPDATE subscriptions SET plan = 'fast'",
        "UPDATE profiles SET risk_flag = false",
        "UPDATE conversations SET identity = 'verified'",
        "UPDATE messages SET content = 'x'",
        "DELETE FROM tickets",
        "DELETE FROM orders",
        "INSERT INTO customers (tenant, name, email) VALUES ('acme', 'Eve', 'e@e.test')",
        "INSERT INTO orders (tenant, customer_id, product, amount, currency, status)"
        " VALUES ('acme', 1, 'x', 1, 'USD', 'delivered')",
        "INSERT INTO outbox (tenant, id, conversation_id, channel, content)"
        " VALUES ('acme', 'x', 'other', 'email', 'x')",
        "INSERT INTO messages (tenant, id, conversation_id, role, direction, content)"
        " VALUES ('acme', 'x', 'other', 'assistant', 'outbound', 'x')",
        "INSERT INTO messages (tenant, id, conversation_id, role, direction, content)"
        " VALUES ('acme', 'x', 'talk', 'operator', 'outbound', 'x')",
        "INSERT INTO tickets (tenant, customer_id, subject) VALUES ('acme', 2, 'x')",
        "INSERT INTO tickets (tenant, customer_id, subject) VALUES ('globex', 1, 'x')",
        INSERT_LEAD.replace("%s", "'another'"),
        "SELECT content FROM messages",
        "SELECT party FROM conversations",
        "SELECT * FROM handoffs",
        "SELECT * FROM writes",
        "SELECT * FROM canned_responses",
        "SELECT * FROM outbox",
        "SELECT * FROM ops.tenants",
        "SELECT * FROM ops.api_keys",
    ),
    ASSIST: (
        "UPDATE tickets SET subject = 'x'",
        "UPDATE customers SET email = 'x@x.test'",
        "UPDATE orders SET amount = 0",
        "INSERT INTO tickets (tenant, customer_id, subject) VALUES ('acme', 1, 'x')",
        "INSERT INTO outbox (tenant, id, conversation_id, channel, content)"
        " VALUES ('acme', 'x', 'talk', 'email', 'x')",
        "SELECT * FROM leads",
        "SELECT * FROM messages",
    ),
}


@pytest.mark.parametrize(
    ("role", "statement"), [(role, one) for role, each in REFUSED.items() for one in each]
)
async def test_what_is_not_in_the_table_of_roles_the_database_refuses(
    companies: Database, role: Role, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        async with acting(companies, scope(role)) as db:
            await db.execute(statement)


@pytest.mark.parametrize(
    ("role", "statement", "rows"),
    [
        (AI, "UPDATE tickets SET status = 'resolved'", 3),
        (AI, "UPDATE customers SET email = 'ann@new.test'", 1),
        (AI, "UPDATE orders SET status = 'refund_requested' WHERE id IN (3, 7)", 1),
        (AI, INSERT_LEAD.replace("%s", f"'{HERE}'"), 1),
        (AI, "UPDATE leads SET name = 'x'", 0),
        (ASSIST, "UPDATE tickets SET status = 'resolved', assigned_to = 'me'", 3),
        (ASSIST, "UPDATE orders SET status = 'refunded'", 6),
    ],
)
async def test_what_is_in_the_table_is_done_on_the_runs_own_rows(
    companies: Database, role: Role, statement: str, rows: int
) -> None:
    with pytest.raises(Undone):
        async with acting(companies, scope(role)) as db:
            cursor = await db.execute(statement)
            assert cursor.rowcount == rows
            raise Undone


async def test_the_roles_end_with_their_transaction_or_before(companies: Database) -> None:
    async with companies.transaction(ACME) as db:
        await act_as(db, scope())
        assert await count(db, "customers") == 1
        await act_freely(db)
        assert await count(db, "customers") == 2
        await act_as(db, scope())
    async with companies.transaction(ACME) as db:
        assert await count(db, "customers") == 2


@pytest.mark.parametrize("role", sorted(set(Role) - set(DATABASE_ROLES)))
async def test_nobody_else_acts_at_all(companies: Database, role: Role) -> None:
    with pytest.raises(Forbidden):
        async with acting(companies, scope(role)):
            pass


async def test_the_application_itself_is_not_one_of_the_bound_roles(database_url: str) -> None:
    """A role that inherited from them would be bound by their policies, too."""
    with psycopg.connect(database_url) as db:
        for role in DATABASE_ROLES.values():
            found = db.execute(
                "SELECT rolsuper, rolbypassrls, rolcanlogin,"
                " pg_has_role('switchboard_app', oid, 'USAGE') FROM pg_roles WHERE rolname = %s",
                [role],
            ).fetchone()
            assert found == (False, False, False, False)
