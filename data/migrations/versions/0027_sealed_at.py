"""Since when all of a tenant's personal data are sealed."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    # null: not sealed, or on the way; of tenants sealed before, the next `switchboard encrypt` says
    op.execute("ALTER TABLE ops.tenants ADD sealed_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE ops.tenants DROP sealed_at")
