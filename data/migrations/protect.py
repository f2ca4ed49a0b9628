"""Row-level security, written once: every tenant's table gets the same policy and grants."""

from alembic import op

APP = "switchboard_app"


def protect(*tables: str) -> None:
    """Let the application role see and write only rows of the tenant its transaction names.

    FORCE, so that the owner is bound too: a migration that moves data needs BYPASSRLS.
    """
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY one_tenant ON {table}"
            " USING (tenant = current_setting('app.tenant', true))"
            " WITH CHECK (tenant = current_setting('app.tenant', true))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")


def protect_threads(*tables: str) -> None:
    """The same for the checkpointer's tables, whose tenant is the first part of `thread_id`."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY one_tenant ON {table}"
            " USING (split_part(thread_id, ':', 1) = current_setting('app.tenant', true))"
            " WITH CHECK (split_part(thread_id, ':', 1) = current_setting('app.tenant', true))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")
