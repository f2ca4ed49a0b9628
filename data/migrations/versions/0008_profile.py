"""What customers say about themselves: language, tone, how to reach them."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE customers ADD language text,
            ADD preferred_tone text
                CHECK (preferred_tone IN ('professional', 'friendly', 'playful')),
            ADD contact_channels text[] NOT NULL DEFAULT '{}'""")
    op.execute("CREATE INDEX tickets_recent ON tickets (tenant, created_at DESC, id DESC)")


def downgrade() -> None:
    op.execute("DROP INDEX tickets_recent")
    op.execute("ALTER TABLE customers DROP language, DROP preferred_tone, DROP contact_channels")
