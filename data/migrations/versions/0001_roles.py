"""Roles, the schema `ops`, tenants and API keys."""

from alembic import op

revision = "0001"
down_revision = None

# Roles belong to the cluster, not to the database: another database may have made them already,
# perhaps at this very moment.
ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def upgrade() -> None:
    for role in ("switchboard_app", "switchboard_ops"):
        op.execute(ROLE.format(role=role))
        op.execute(f"GRANT {role} TO CURRENT_USER")
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    op.execute("GRANT USAGE ON SCHEMA ops TO switchboard_ops")
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.execute("""
        CREATE TABLE ops.tenants (
            id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_-]{0,62}$'),
            name text NOT NULL,
            settings jsonb NOT NULL DEFAULT '{}',
            token_secret text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute("""
        CREATE TABLE ops.api_keys (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            tenant text NOT NULL REFERENCES ops.tenants ON DELETE CASCADE,
            name text NOT NULL,
            prefix text NOT NULL,
            digest bytea NOT NULL UNIQUE,
            role text NOT NULL CHECK (role IN ('app', 'admin')),
            scopes text[] NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            revoked_at timestamptz
        )""")
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ops.tenants, ops.api_keys TO switchboard_ops"
    )


def downgrade() -> None:
    op.execute("DROP TABLE ops.api_keys")
    op.execute("DROP TABLE ops.tenants")
