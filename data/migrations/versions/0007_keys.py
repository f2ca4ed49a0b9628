"""API keys that rotate and remember their last use; tenants' own keys for customer tokens."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE ops.api_keys
            ADD COLUMN last_used_at timestamptz,
            ADD COLUMN replaces uuid REFERENCES ops.api_keys ON DELETE SET NULL""")
    op.execute("CREATE INDEX api_keys_newest ON ops.api_keys (tenant, created_at DESC, id DESC)")
    op.execute("""
        ALTER TABLE ops.tenants
            ADD COLUMN token_algorithm text NOT NULL DEFAULT 'HS256'
                CHECK (token_algorithm IN ('HS256', 'RS256', 'ES256', 'EdDSA')),
            ADD COLUMN token_public_key text,
            ADD CHECK ((token_algorithm = 'HS256') = (token_public_key IS NULL))""")


def downgrade() -> None:
    op.execute("ALTER TABLE ops.tenants DROP COLUMN token_algorithm, DROP COLUMN token_public_key")
    op.execute("DROP INDEX ops.api_keys_newest")
    op.execute("ALTER TABLE ops.api_keys DROP COLUMN last_used_at, DROP COLUMN replaces")
