"""Operators and admins: people of a tenant who sign in, their sessions, and invitations."""

from alembic import op

from data.migrations.protect import protect

revision = "0010"
down_revision = "0009"

OPERATOR = (
    "operator_id uuid NOT NULL,"
    " FOREIGN KEY (tenant, operator_id) REFERENCES operators (tenant, id) ON DELETE CASCADE"
)
TABLES = {
    "operators": """
        tenant text NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
        email text NOT NULL CHECK (email = lower(email)), name text NOT NULL DEFAULT '',
        role text NOT NULL CHECK (role IN ('operator', 'admin')),
        active boolean NOT NULL DEFAULT true, password_hash text, single_sign_on_id text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(), last_sign_in_at timestamptz,
        PRIMARY KEY (tenant, id), UNIQUE (tenant, email), UNIQUE (tenant, single_sign_on_id)""",
    "operator_sessions": f"""
        tenant text NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), {OPERATOR},
        generation integer NOT NULL DEFAULT 0, client text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
        revoked_at timestamptz, PRIMARY KEY (tenant, id)""",
    "operator_invitations": f"""
        tenant text NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), {OPERATOR},
        invited_by text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL, ended_at timestamptz, PRIMARY KEY (tenant, id)""",
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    for name in ("operator_sessions", "operator_invitations"):
        op.execute(f"CREATE INDEX {name}_of ON {name} (tenant, operator_id)")
    protect(*TABLES)


def downgrade() -> None:
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
