"""What a tenant lets its assistant do, what was held back, and what waits for a person."""

from alembic import op

from data.migrations.protect import protect

revision = "0021"
down_revision = "0020"

CONVERSATION = (
    "FOREIGN KEY (tenant, conversation_id) REFERENCES conversations (tenant, id) ON DELETE CASCADE"
)
CALL = (
    "tenant text NOT NULL, key text NOT NULL, turn_id uuid NOT NULL,"
    " conversation_id text NOT NULL, customer_id bigint, operation text NOT NULL,"
    " arguments jsonb NOT NULL, rules text[] NOT NULL, because text NOT NULL,"
    " policy_version integer NOT NULL, created_at timestamptz NOT NULL DEFAULT now()"
)

TABLES = {
    "policies": """
        tenant text NOT NULL, version integer NOT NULL, rules jsonb NOT NULL, author text NOT NULL,
        note text, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, version)""",
    "rulings": f"""
        {CALL}, actor text NOT NULL, tried text[] NOT NULL,
        verdict text NOT NULL CHECK (verdict IN ('allow', 'refuse', 'confirm', 'approve')),
        PRIMARY KEY (tenant, key), {CONVERSATION}""",
    "approvals": f"""
        {CALL}, id uuid NOT NULL, party text NOT NULL, identity text NOT NULL, matter text NOT NULL,
        decider text NOT NULL CHECK (decider IN ('operator', 'admin')), preview jsonb NOT NULL,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN
            ('pending', 'granted', 'rejected', 'expired', 'done', 'failed')),
        decision text CHECK (decision IN ('accept', 'edit', 'reject')), edited jsonb, note text,
        decided_by text, decided_at timestamptz, outcome jsonb,
        expires_at timestamptz NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, id), UNIQUE (tenant, key), {CONVERSATION}""",
}

INDEXES = (
    "CREATE INDEX rulings_turn ON rulings (tenant, turn_id)",
    "CREATE INDEX approvals_recent ON approvals (tenant, created_at DESC, id)",
    "CREATE INDEX approvals_conversation ON approvals (tenant, conversation_id)",
    "CREATE INDEX approvals_open ON approvals (expires_at) WHERE status IN ('pending', 'granted')",
    # how often something was done
    "CREATE INDEX writes_customer ON writes (tenant, customer_id, operation, created_at)",
    "CREATE INDEX writes_conversation ON writes (tenant, conversation_id, operation)",
)

# The job looks across tenants, which nobody else may: it gets two columns, not the table.
DUE = """
CREATE FUNCTION ops.due_approvals(most integer) RETURNS TABLE (tenant text, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT a.tenant, a.id FROM approvals a
    WHERE a.status = 'granted' OR (a.status = 'pending' AND a.expires_at < now())
    ORDER BY a.expires_at LIMIT most
$$
"""


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    for index in INDEXES:
        op.execute(index)
    protect(*TABLES)
    op.execute(DUE)
    op.execute("REVOKE ALL ON FUNCTION ops.due_approvals FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ops.due_approvals TO switchboard_ops")


def downgrade() -> None:
    op.execute("DROP FUNCTION ops.due_approvals")
    op.execute("DROP INDEX writes_conversation")
    op.execute("DROP INDEX writes_customer")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
