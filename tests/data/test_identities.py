"""Whether every table that names a person is dealt with when two are merged or one is forgotten."""

from data.db import Database
from data.forgetting import KEPT, STEPS, WITH_THE_CONVERSATION
from data.merges import MOVED, PARTIES
from tests.acme import ACME

STAY = {"writes", "rulings", "profiles"}  # audit trails as they were written; made of both


async def tables_with(db: Database, *columns: str) -> set[str]:
    async with db.transaction(ACME) as tx:
        cursor = await tx.execute(
            "SELECT DISTINCT c.table_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND c.column_name = ANY(%s)",
            [list(columns)],
        )
        return {str(row[0]) for row in await cursor.fetchall()}


async def test_whoever_is_forgotten_is_forgotten_in_every_table(db: Database) -> None:
    named = await tables_with(db, "customer_id", "conversation_id", "party", "lead_id")
    assert named <= STEPS.keys() | KEPT | WITH_THE_CONVERSATION


async def test_what_goes_with_a_conversation_does_so_by_a_foreign_key(db: Database) -> None:
    async with db.transaction(ACME) as tx:
        cursor = await tx.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
            " AND confrelid = 'conversations'::regclass AND confdeltype = 'c'"
        )
        assert {row[0] for row in await cursor.fetchall()} >= WITH_THE_CONVERSATION


async def test_a_merge_moves_the_rows_of_every_table(db: Database) -> None:
    assert await tables_with(db, "customer_id") == MOVED.keys() | STAY
    assert await tables_with(db, "party") == set(PARTIES)
