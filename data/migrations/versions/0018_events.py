"""What happens to a conversation besides its messages, for whoever follows it."""

from alembic import op

from data.migrations.protect import protect

revision = "0018"
down_revision = "0017"

# One sequence for both: messages and events of a conversation stand in one order.
EVENTS = """
    CREATE TABLE events (
        tenant text NOT NULL, seq bigint NOT NULL DEFAULT nextval('messages_seq_seq'),
        conversation_id text NOT NULL, kind text NOT NULL CHECK (kind IN ('state', 'sentiment')),
        body jsonb NOT NULL, private boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, conversation_id, seq),
        FOREIGN KEY (tenant, conversation_id) REFERENCES conversations (tenant, id)
            ON DELETE CASCADE)"""

# How far the customer, or an operator, has read.
SEEN = """
    CREATE TABLE seen (
        tenant text NOT NULL, conversation_id text NOT NULL, reader text NOT NULL,
        seq bigint NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, conversation_id, reader),
        FOREIGN KEY (tenant, conversation_id) REFERENCES conversations (tenant, id)
            ON DELETE CASCADE)"""

# Old events go whosever they are: the job may delete by age and nothing else.
FORGET = """
    CREATE FUNCTION ops.forget_events(before timestamptz, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH gone AS (
            DELETE FROM events WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM events WHERE created_at < before LIMIT most)) RETURNING 1)
        SELECT count(*) FROM gone
    $$"""

AI = "switchboard_customer_ai"


def upgrade() -> None:
    op.execute(EVENTS)
    op.execute("CREATE INDEX events_age ON events (created_at)")
    op.execute(SEEN)
    protect("events", "seen")
    op.execute("GRANT USAGE ON SEQUENCE messages_seq_seq TO switchboard_app")
    # whoever stores a message tells its number
    op.execute(f"GRANT SELECT (seq) ON messages TO {AI}")
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION ops.forget_events FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ops.forget_events TO switchboard_ops")


def downgrade() -> None:
    op.execute("DROP FUNCTION ops.forget_events")
    op.execute(f"REVOKE SELECT (seq) ON messages FROM {AI}")
    op.execute("REVOKE USAGE ON SEQUENCE messages_seq_seq FROM switchboard_app")
    op.execute("DROP TABLE seen")
    op.execute("DROP TABLE events")
