"""Handoffs that had come to the end of the ladder may expire, too."""

from alembic import op

revision = "0024"
down_revision = "0023"

# Not at once: whoever is in charge gets three days from the upgrade on.
UP = """
UPDATE handoffs SET next_rung_at = now() + interval '3 days'
WHERE status = 'pending' AND next_rung_at IS NULL
"""
DOWN = "UPDATE handoffs SET next_rung_at = NULL WHERE status = 'pending' AND rung = 4"


def upgrade() -> None:
    _unbound(UP)


def downgrade() -> None:
    _unbound(DOWN)


def _unbound(statement: str) -> None:
    """The owner is bound by row-level security, too, and would change nothing."""
    op.execute("ALTER TABLE handoffs NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    op.execute("ALTER TABLE handoffs FORCE ROW LEVEL SECURITY")
