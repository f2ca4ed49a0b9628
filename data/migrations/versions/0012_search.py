"""What search needs: vectors in the row, words found through their index, an index for many.

Row-level security keeps Postgres from using an index for `@@`: the operator is not leakproof, so
it may only see rows that the policy has let pass, one by one. `passages_by_words` runs as its
owner, and asks for the session's tenant itself. Nearness needs no such function: it orders rows
and excludes none.
"""

from alembic import op

from data.migrations.protect import APP

OPS = "switchboard_ops"

revision = "0012"
down_revision = "0011"

# `rare`: only words that hardly any passage holds, such as names and codes. They are those that
# ANALYZE has not counted among the most common: a thousand at most.
QUOTED = """chr(39) || replace(replace(word, chr(92), repeat(chr(92), 2)), chr(39),
        repeat(chr(39), 2)) || chr(39)"""  # as a tsquery reads it
BY_WORDS = f"""
CREATE FUNCTION passages_by_words(asked text[], rare boolean, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    sought text[] := asked;
    query tsquery;
BEGIN
    IF rare THEN
        SELECT array_agg(word) INTO sought FROM unnest(asked) AS word
        WHERE word <> ALL (SELECT unnest(most_common_elems::text::text[]) FROM pg_stats
            WHERE schemaname = 'public' AND tablename = 'passages' AND attname = 'words');
    END IF;
    SELECT string_agg({QUOTED}, ' | ')::tsquery INTO query FROM unnest(sought) AS word;
    IF query IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        'SELECT id FROM public.passages WHERE tenant = $1 AND words @@ $2
         ORDER BY ts_rank(words, $2) DESC, document_id, position LIMIT $3'
        USING current_setting('app.tenant', true), query, most;
END $$
"""

# One index for each tenant that has many passages, and for nobody else: an index of all would be
# walked past other tenants' passages, and every small tenant's upload would have to be put in.
INDEX_NAME = "'passages_near_' || substr(md5(of_tenant), 1, 16)"
KEEP_INDEX = f"""
CREATE FUNCTION ops.keep_search_index(of_tenant text, fewest integer) RETURNS boolean
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
            ' USING hnsw (embedding vector_cosine_ops) WHERE tenant = %L', named, of_tenant);
    ELSE
        EXECUTE format('DROP INDEX IF EXISTS public.%I', named);
    END IF;
    RETURN wanted;
END $$
"""

DROP_INDEXES = """
DO $$
DECLARE named text;
BEGIN
    FOR named IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND indexname LIKE 'passages\\_near\\_%'
    LOOP
        EXECUTE format('DROP INDEX public.%I', named);
    END LOOP;
END $$
"""


def upgrade() -> None:
    # 384 numbers fit into a page; out of it each comparison would fetch them from elsewhere
    op.execute("ALTER TABLE passages ALTER COLUMN embedding SET STORAGE PLAIN")
    # what LangChain's PGVectorStore names in ON CONFLICT
    op.execute("CREATE UNIQUE INDEX passages_id ON passages (id)")
    op.execute(BY_WORDS)
    op.execute("REVOKE ALL ON FUNCTION passages_by_words FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION passages_by_words TO {APP}")
    op.execute(KEEP_INDEX)
    op.execute("REVOKE ALL ON FUNCTION ops.keep_search_index FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION ops.keep_search_index TO {OPS}")


def downgrade() -> None:
    op.execute(DROP_INDEXES)
    op.execute("DROP FUNCTION ops.keep_search_index")
    op.execute("DROP FUNCTION passages_by_words")
    op.execute("DROP INDEX passages_id")
    op.execute("ALTER TABLE passages ALTER COLUMN embedding SET STORAGE EXTERNAL")
