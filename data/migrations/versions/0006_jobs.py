"""The job queue: procrastinate's own schema, in `ops`."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO ops")
    # straight to the driver: the schema is full of percent signs and colons
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.execute("SET LOCAL search_path TO public")
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops TO switchboard_ops"
    )
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO switchboard_ops")
    op.execute("REVOKE ALL ON ops.checkpoint_migrations, ops.alembic_version FROM switchboard_ops")


def downgrade() -> None:
    op.execute("""
        DO $$ DECLARE it record; BEGIN
            FOR it IN SELECT oid::regclass AS name FROM pg_class
                WHERE relnamespace = 'ops'::regnamespace AND relkind = 'r'
                AND relname LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP TABLE %s CASCADE', it.name);
            END LOOP;
            FOR it IN SELECT oid::regprocedure AS name FROM pg_proc
                WHERE pronamespace = 'ops'::regnamespace AND proname LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP FUNCTION %s CASCADE', it.name);
            END LOOP;
            FOR it IN SELECT oid::regtype AS name FROM pg_type
                WHERE typnamespace = 'ops'::regnamespace AND typname LIKE 'procrastinate%'
                AND typtype IN ('e', 'c') AND typrelid = 0 LOOP
                EXECUTE format('DROP TYPE %s CASCADE', it.name);
            END LOOP;
            DROP TYPE IF EXISTS ops.procrastinate_job_to_defer_v1 CASCADE;
        END $$""")
