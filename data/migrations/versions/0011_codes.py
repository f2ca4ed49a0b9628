"""One-time codes, their mail in the outbox, and how many tokens a tenant's models used."""

from alembic import op

from data.migrations.protect import protect

revision = "0011"
down_revision = "0010"

CONVERSATION = (
    "FOREIGN KEY (tenant, conversation_id) REFERENCES conversations (tenant, id) ON DELETE CASCADE"
)

TABLES = {
    # No code is in here: `digest` is keyed. `address` is the keyed digest of what the caller
    # named, account or not; `purpose` that of the action and its parameters. `customer_id` is
    # null where no account has the address, and has no foreign key: checking one would take
    # longer for an account that exists.
    "codes": f"""
        tenant text NOT NULL, id uuid NOT NULL, conversation_id text NOT NULL,
        address bytea NOT NULL, purpose bytea NOT NULL, digest bytea NOT NULL,
        customer_id bigint, tries integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
        used_at timestamptz, PRIMARY KEY (tenant, id), {CONVERSATION}""",
    "token_usage": """
        tenant text NOT NULL, day date NOT NULL, tokens bigint NOT NULL,
        PRIMARY KEY (tenant, day)""",
}

INDEXES = (
    "CREATE INDEX codes_conversation ON codes (tenant, conversation_id, created_at DESC)",
    "CREATE INDEX codes_address ON codes (tenant, address, created_at DESC)",
    "CREATE INDEX outbox_notices ON outbox (tenant, created_at)"
    " WHERE delivered_at IS NULL AND recipient IS NOT NULL",
)


def upgrade() -> None:
    op.execute("ALTER TABLE outbox ADD COLUMN is_code boolean NOT NULL DEFAULT false")
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    for index in INDEXES:
        op.execute(index)
    protect(*TABLES)


def downgrade() -> None:
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
    op.execute("DROP INDEX outbox_notices")
    op.execute("DELETE FROM outbox WHERE is_code")
    op.execute("ALTER TABLE outbox DROP COLUMN is_code")
