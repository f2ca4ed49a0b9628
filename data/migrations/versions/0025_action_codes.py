"""What a one-time code for an action was used for, and calls that wait for such a code."""

from alembic import op

revision = "0025"
down_revision = "0024"

VERDICTS = "'allow', 'refuse', 'confirm', 'approve'"


def upgrade() -> None:
    # the key of the write or approval that the code let through; a shown code lets one through
    op.execute("ALTER TABLE codes ADD spent_on text")
    _only(f"{VERDICTS}, 'prove'")


def downgrade() -> None:
    op.execute("DELETE FROM rulings WHERE verdict = 'prove'")
    _only(VERDICTS)
    op.execute("ALTER TABLE codes DROP spent_on")


def _only(verdicts: str) -> None:
    op.execute("ALTER TABLE rulings DROP CONSTRAINT rulings_verdict_check")
    op.execute(
        f"ALTER TABLE rulings ADD CONSTRAINT rulings_verdict_check CHECK (verdict IN ({verdicts}))"
    )
