"""Conversations, their messages, the turns that answer them, and what people take over."""

from alembic import op

from data.migrations.protect import protect

revision = "0003"
down_revision = "0002"

CONVERSATION = (
    "FOREIGN KEY (tenant, conversation_id) REFERENCES conversations (tenant, id) ON DELETE CASCADE"
)

TABLES = {
    # `lease_until` is null while nobody runs a turn; a crash leaves it in the past, where the
    # recovery job finds it. `lease_token` only grows, so a holder that woke up late is told apart.
    "conversations": """
        tenant text NOT NULL, id text NOT NULL, party text NOT NULL, customer_id bigint,
        identity text NOT NULL DEFAULT 'anonymous'
            CHECK (identity IN ('anonymous', 'claimed', 'verified')),
        channel text NOT NULL CHECK (channel IN ('web', 'api', 'email', 'whatsapp', 'webform')),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
        owner text NOT NULL DEFAULT 'ai' CHECK (owner IN ('ai', 'queue', 'operator', 'closed')),
        intent text, specialist text, sentiment_score double precision, sentiment_label text,
        lease_token bigint NOT NULL DEFAULT 0, lease_until timestamptz, turn_id uuid,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, id)""",
    # A customer's message waits while it has no turn and is not for people.
    "messages": f"""
        tenant text NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, id text NOT NULL,
        conversation_id text NOT NULL,
        role text NOT NULL CHECK (role IN ('customer', 'assistant', 'operator', 'note', 'system')),
        direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
        content text NOT NULL, specialist text, sources jsonb NOT NULL DEFAULT '[]',
        metadata jsonb NOT NULL DEFAULT '{{}}', digest bytea, turn_id uuid,
        for_people boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, conversation_id, id), {CONVERSATION}""",
    "turns": f"""
        tenant text NOT NULL, id uuid NOT NULL, conversation_id text NOT NULL,
        status text NOT NULL DEFAULT 'running'
            CHECK (status IN ('running', 'answered', 'handed_over', 'failed')),
        attempts integer NOT NULL DEFAULT 1, result jsonb,
        created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz,
        PRIMARY KEY (tenant, id), {CONVERSATION}""",
    # The model's messages that ask for WRITE tools, committed before the tools run.
    "turn_rounds": """
        tenant text NOT NULL, turn_id uuid NOT NULL, round integer NOT NULL,
        specialist text NOT NULL, message jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, turn_id, round),
        FOREIGN KEY (tenant, turn_id) REFERENCES turns (tenant, id) ON DELETE CASCADE""",
    # One row a write, in the write's own transaction: the audit trail and the guard against
    # doing it twice are the same row.
    "writes": """
        tenant text NOT NULL, key text NOT NULL, turn_id uuid, conversation_id text,
        customer_id bigint, actor text NOT NULL, operation text NOT NULL,
        arguments jsonb NOT NULL, before jsonb, after jsonb,
        created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, key)""",
    "handoffs": f"""
        tenant text NOT NULL, id uuid NOT NULL, conversation_id text NOT NULL,
        turn_id uuid, customer_id bigint,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted',
            'returned', 'resolved', 'expired')),
        reason text NOT NULL, reasons text[] NOT NULL DEFAULT '{{}}', summary text NOT NULL,
        priority text NOT NULL CHECK (priority IN ('low', 'medium', 'high')),
        interrupt_id text, assigned_to text, note text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, id), {CONVERSATION}""",
    # Replies that a channel still has to deliver; web and API callers fetch theirs themselves.
    "outbox": f"""
        tenant text NOT NULL, id text NOT NULL, conversation_id text NOT NULL,
        channel text NOT NULL, content text NOT NULL, delivered_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, id), {CONVERSATION}""",
    "session_insights": """
        tenant text NOT NULL, session text NOT NULL, conversation_id text, customer_id bigint,
        sentiment_score double precision, sentiment_label text, sentiment_start double precision,
        sentiment_end double precision, sentiment_drift double precision, intent_primary text,
        handoff_occurred boolean NOT NULL, handoff_reason text, resolution_status text NOT NULL,
        message_count integer NOT NULL, tool_calls text[] NOT NULL DEFAULT '{}', tone_used text,
        assigned_specialist text, closed_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, session)""",
}

INDEXES = (
    "CREATE INDEX conversations_recent ON conversations (tenant, created_at DESC, id)",
    "CREATE INDEX conversations_leased ON conversations (lease_until)"
    " WHERE lease_until IS NOT NULL",
    "CREATE INDEX messages_order ON messages (tenant, conversation_id, seq)",
    "CREATE INDEX messages_waiting ON messages (tenant, conversation_id)"
    " WHERE role = 'customer' AND turn_id IS NULL AND NOT for_people",
    "CREATE INDEX messages_turn ON messages (tenant, turn_id) WHERE turn_id IS NOT NULL",
    "CREATE INDEX turns_conversation ON turns (tenant, conversation_id)",
    "CREATE UNIQUE INDEX handoffs_open ON handoffs (tenant, conversation_id)"
    " WHERE status IN ('pending', 'accepted')",
)

# The recovery job looks across tenants, which nobody else may: it gets two columns, not the table.
STALE = """
CREATE FUNCTION ops.stale_conversations(most integer)
RETURNS TABLE (tenant text, conversation_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT c.tenant, c.id FROM conversations c
    WHERE c.lease_until < now() ORDER BY c.lease_until LIMIT most
$$
"""


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    for index in INDEXES:
        op.execute(index)
    protect(*TABLES)
    op.execute(STALE)
    op.execute("REVOKE ALL ON FUNCTION ops.stale_conversations FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ops.stale_conversations TO switchboard_ops")


def downgrade() -> None:
    op.execute("DROP FUNCTION ops.stale_conversations")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
