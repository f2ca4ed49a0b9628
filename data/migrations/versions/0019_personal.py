"""Personal data sealed for tenants that ask for it, and found by keyed digests."""

from alembic import op

revision = "0019"
down_revision = "0018"

AI = "switchboard_customer_ai, switchboard_agent_assist"

# Whoever writes holds the lock until its transaction ends, so that a change of the state waits for
# those who saw the one before. The second statement has a snapshot of its own, from after the wait.
HOW_SEALED = """
    CREATE FUNCTION how_sealed() RETURNS TABLE (state text, digest_key text)
    LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended('sealing:' || current_setting('app.tenant', true), 0));
        RETURN QUERY SELECT s.state, s.digest_key FROM sealing s WHERE s.state IS NOT NULL;
    END $$"""


def upgrade() -> None:
    # null: as they are. `digest_key` is itself sealed, with one of ENCRYPTION_KEYS.
    op.execute("""
        ALTER TABLE ops.tenants
            ADD sealing text CHECK (sealing IN ('preparing', 'sealing', 'opening', 'clearing')),
            ADD digest_key text,
            ADD CHECK ((sealing IS NULL) = (digest_key IS NULL))""")
    op.execute(
        "CREATE VIEW sealing WITH (security_barrier) AS"
        " SELECT sealing AS state, digest_key FROM ops.tenants"
        " WHERE id = current_setting('app.tenant', true)"
    )
    op.execute(f"GRANT SELECT ON sealing TO switchboard_app, {AI}")
    op.execute(HOW_SEALED)
    op.execute("ALTER TABLE customers ADD email_key bytea")
    op.execute(
        "CREATE UNIQUE INDEX customers_email_key ON customers (tenant, email_key)"
        " WHERE email_key IS NOT NULL"
    )
    op.execute("GRANT UPDATE (email_key) ON customers TO switchboard_customer_ai")


def downgrade() -> None:
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM ops.tenants WHERE sealing IS NOT NULL) THEN
                RAISE EXCEPTION 'a tenant has its personal data sealed; run'
                    ' `switchboard encrypt --open TENANT` for each first';
            END IF;
        END $$""")
    op.execute("DROP INDEX customers_email_key")
    op.execute("ALTER TABLE customers DROP email_key")
    op.execute("DROP FUNCTION how_sealed")
    op.execute("DROP VIEW sealing")
    op.execute("ALTER TABLE ops.tenants DROP sealing, DROP digest_key")
