"""Tenants' credentials at channels and providers, sealed."""

from alembic import op

from data.migrations.protect import protect

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE credentials (
            tenant text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('channel', 'provider')),
            name text NOT NULL,
            sealed text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, kind, name)
        )""")
    protect("credentials")


def downgrade() -> None:
    op.execute("DROP TABLE credentials")
