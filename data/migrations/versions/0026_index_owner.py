"""Passages are owned by a role that owns nothing else, so that a server may build their indexes."""

from alembic import context, op

revision = "0026"
down_revision = "0025"

OWNER = "switchboard_index"


def upgrade() -> None:
    op.execute(context.script.get_revision("0001").module.ROLE.format(role=OWNER))
    op.execute(f"GRANT {OWNER} TO CURRENT_USER")
    op.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}")
    op.execute(f"ALTER TABLE passages OWNER TO {OWNER}")
    op.execute("DROP FUNCTION ops.keep_search_index")


def downgrade() -> None:
    op.execute("ALTER TABLE passages OWNER TO CURRENT_USER")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {OWNER}")
    op.execute(context.script.get_revision("0022").module.KEEP_INDEX)
    op.execute("REVOKE ALL ON FUNCTION ops.keep_search_index FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ops.keep_search_index TO switchboard_ops")
