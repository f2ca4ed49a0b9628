"""What the knowledge base lacks, and whether what it has was of use."""

from alembic import op

from data.migrations.protect import protect

revision = "0013"
down_revision = "0012"

ASKED_BY = "party text NOT NULL, customer_id bigint, conversation_id text"

TABLES = {
    # `words` are what questions are grouped by: stems without stop words, each once and in order.
    "knowledge_gaps": f"""
        tenant text NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, question text NOT NULL,
        words text[] NOT NULL
            GENERATED ALWAYS AS (tsvector_to_array(to_tsvector('english', question))) STORED,
        origin text NOT NULL CHECK (origin IN ('search', 'chat')), score double precision,
        {ASKED_BY}, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, id)""",
    "knowledge_feedback": f"""
        tenant text NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, source text NOT NULL,
        useful boolean NOT NULL, query text, comment text, {ASKED_BY},
        created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, id)""",
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    op.execute("CREATE INDEX knowledge_gaps_recent ON knowledge_gaps (tenant, created_at)")
    protect(*TABLES)


def downgrade() -> None:
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
