"""Customers who turned out to be the same person, and those who want to be forgotten."""

from alembic import op

from data.migrations.protect import protect

revision = "0016"
down_revision = "0015"


# Who a customer is now; null where there is none. As whoever calls it.
SURVIVOR = """
    CREATE FUNCTION survivor(of_tenant text, customer bigint) RETURNS bigint
    LANGUAGE sql STABLE AS $$
        WITH RECURSIVE chain AS (
            SELECT id, merged_into FROM customers WHERE tenant = of_tenant AND id = customer
            UNION ALL SELECT c.id, c.merged_into FROM customers c
                JOIN chain ON c.tenant = of_tenant AND c.id = chain.merged_into)
        SELECT id FROM chain WHERE merged_into IS NULL
    $$"""


def upgrade() -> None:
    op.execute("""
        ALTER TABLE customers ADD merged_into bigint, ADD forgotten_at timestamptz,
            ADD FOREIGN KEY (tenant, merged_into) REFERENCES customers (tenant, id)""")
    op.execute(
        "CREATE INDEX customers_merged ON customers (tenant, merged_into)"
        " WHERE merged_into IS NOT NULL"
    )
    # What a merge moved and replaced, so that exactly that can be moved back.
    op.execute("""
        CREATE TABLE merges (
            tenant text NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY,
            survivor_id bigint NOT NULL, merged_id bigint NOT NULL, moved jsonb NOT NULL,
            profile jsonb, merged_at timestamptz NOT NULL DEFAULT now(), undone_at timestamptz,
            PRIMARY KEY (tenant, id),
            FOREIGN KEY (tenant, survivor_id) REFERENCES customers (tenant, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant, merged_id) REFERENCES customers (tenant, id) ON DELETE CASCADE
        )""")
    op.execute(
        "CREATE UNIQUE INDEX merges_open ON merges (tenant, merged_id) WHERE undone_at IS NULL"
    )
    protect("merges")
    op.execute(SURVIVOR)


def downgrade() -> None:
    op.execute("DROP FUNCTION survivor")
    op.execute("DROP TABLE merges")
    op.execute("DROP INDEX customers_merged")
    op.execute("ALTER TABLE customers DROP merged_into, DROP forgotten_at")
