"""A denser index of a tenant's vectors: of 80,000 passages the usual one missed too many.

Those that there are stay as they are.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

INDEX_NAME = "'passages_near_' || substr(md5(of_tenant), 1, 16)"
KEEP_INDEX = f"""
CREATE OR REPLACE FUNCTION ops.keep_search_index(of_tenant text, fewest integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET maintenance_work_mem = '256MB' AS $$
DECLARE
    named text := {INDEX_NAME};
    there boolean := to_regclass('public.' || named) IS NOT NULL;
    wanted boolean;
BEGIN
    PERFORM set_config('app.tenant', of_tenant, true);
    IF there THEN
        fewest := fewest / 2;  -- one that goes up and down is not built again and again
    END IF;
    SELECT count(*) = fewest INTO wanted FROM (
        SELECT FROM public.passages WHERE tenant = of_tenant LIMIT fewest) AS a_few;
    IF wanted = there THEN
        RETURN wanted;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(named));
    IF wanted THEN
        EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON public.passages'
            ' USING hnsw (embedding vector_cosine_ops) WITH (m = 24, ef_construction = 128)'
            ' WHERE tenant = %L', named, of_tenant);
    ELSE
        EXECUTE format('DROP INDEX IF EXISTS public.%I', named);
    END IF;
    RETURN wanted;
END $$
"""


def upgrade() -> None:
    op.execute(KEEP_INDEX)


def downgrade() -> None:
    """The function stays: 0012, which made it, takes it back."""
