"""API keys remember which request made them, so that the same request makes no second one."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    # who asked and under which Idempotency-Key; what they asked for
    op.execute("ALTER TABLE ops.api_keys ADD request text, ADD request_body jsonb")
    op.execute(
        "CREATE UNIQUE INDEX api_keys_request ON ops.api_keys (tenant, request)"
        " WHERE request IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ops.api_keys_request")
    op.execute("ALTER TABLE ops.api_keys DROP request, DROP request_body")
