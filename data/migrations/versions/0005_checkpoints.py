"""The graph's memory: the tables of langgraph-checkpoint-postgres, bound to a tenant.

The same columns and keys as the stock saver makes, with its migration level recorded, so that a
stock saver can read what ours wrote.
"""

from alembic import op

from data.migrations.protect import protect_threads

revision = "0005"
down_revision = "0004"

STOCK_LEVEL = 9  # of langgraph-checkpoint-postgres 3.2

TABLES = {
    "checkpoints": """
        thread_id text NOT NULL, checkpoint_ns text NOT NULL DEFAULT '',
        checkpoint_id text NOT NULL, parent_checkpoint_id text, type text,
        checkpoint jsonb NOT NULL, metadata jsonb NOT NULL DEFAULT '{}',
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)""",
    "checkpoint_blobs": """
        thread_id text NOT NULL, checkpoint_ns text NOT NULL DEFAULT '', channel text NOT NULL,
        version text NOT NULL, type text NOT NULL, blob bytea,
        PRIMARY KEY (thread_id, checkpoint_ns, channel, version)""",
    "checkpoint_writes": """
        thread_id text NOT NULL, checkpoint_ns text NOT NULL DEFAULT '',
        checkpoint_id text NOT NULL, task_id text NOT NULL, idx integer NOT NULL,
        channel text NOT NULL, type text, blob bytea NOT NULL, task_path text NOT NULL DEFAULT '',
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)""",
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    protect_threads(*TABLES)
    op.execute("CREATE TABLE ops.checkpoint_migrations (v integer PRIMARY KEY)")
    op.execute(f"INSERT INTO ops.checkpoint_migrations SELECT generate_series(0, {STOCK_LEVEL})")


def downgrade() -> None:
    op.execute("DROP TABLE ops.checkpoint_migrations")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
