"""Vectors of any model and any number of dimensions, those of several models side by side.

While another model's vectors are made, a document's passages are there once for each of the two.
"""

from alembic import context, op

from data.migrations.protect import APP

revision = "0022"
down_revision = "0021"

MOST_DIMENSIONS = 2000  # that pgvector's index takes; larger vectors are all compared
INDEXED_FROM = 4_000
DIMENSIONS_BEFORE = 384
PREFIX = "'passages_near_' || substr(md5(of_tenant), 1, 16) || '_'"

RARE_SHARE, RARE_PASSAGES = 0.005, 50  # as in 0015

QUOTED = """chr(39) || replace(replace(word, chr(92), repeat(chr(92), 2)), chr(39),
        repeat(chr(39), 2)) || chr(39)"""  # as a tsquery reads it
# Passages of another model only of documents that the asked one has not read yet.
BY_WORDS = f"""
CREATE FUNCTION passages_by_words(asked text[], of_model text, rare boolean, most integer)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    sought text[] := asked;
    query tsquery;
BEGIN
    IF rare THEN
        SELECT array_agg(word) INTO sought FROM unnest(asked) AS word
        WHERE NOT EXISTS (
            SELECT FROM pg_stats s, pg_class c,
                unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs)
                    AS common (element, share)
            WHERE s.schemaname = 'public' AND s.tablename = 'passages' AND s.attname = 'words'
            AND c.oid = 'public.passages'::regclass AND element = word
            AND share > {RARE_SHARE} AND share * c.reltuples > {RARE_PASSAGES});
    END IF;
    SELECT string_agg({QUOTED}, ' | ')::tsquery INTO query FROM unnest(sought) AS word;
    IF query IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        'SELECT id FROM public.passages p WHERE tenant = $1 AND words @@ $2
         AND (model = $4 OR NOT EXISTS (SELECT FROM public.passages o WHERE o.tenant = $1
             AND o.document_id = p.document_id AND o.model = $4))
         ORDER BY ts_rank(words, $2) DESC, document_id, position LIMIT $3'
        USING current_setting('app.tenant', true), query, most, of_model;
END $$
"""

# One index for each tenant and model of many passages, and for nobody else: an index of all would
# be walked past other tenants' passages, and every small tenant's upload would have to be put in.
KEEP_INDEX = f"""
CREATE OR REPLACE FUNCTION ops.keep_search_index(of_tenant text, fewest integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET maintenance_work_mem = '256MB' AS $$
DECLARE
    prefix text := {PREFIX};
    of_model text := '';
    dimensions integer;
    named text;
    enough integer;
    kept text[] := '{{}}';
BEGIN
    PERFORM set_config('app.tenant', of_tenant, true);
    PERFORM pg_advisory_xact_lock(hashtext(prefix));
    LOOP
        SELECT model, vector_dims(embedding) INTO of_model, dimensions FROM public.passages
        WHERE tenant = of_tenant AND model > of_model ORDER BY model LIMIT 1;
        EXIT WHEN NOT FOUND;
        named := prefix || substr(md5(of_model || ' ' || dimensions), 1, 8);
        -- one that goes up and down is not built again and again
        enough := CASE WHEN to_regclass('public.' || named) IS NULL THEN fewest ELSE fewest / 2 END;
        CONTINUE WHEN dimensions > {MOST_DIMENSIONS} OR enough > (SELECT count(*) FROM (
            SELECT FROM public.passages WHERE tenant = of_tenant AND model = of_model
            LIMIT enough) AS a_few);
        kept := kept || named;
        EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON public.passages'
            ' USING hnsw ((embedding::public.vector(%s)) vector_cosine_ops)'
            ' WITH (m = 24, ef_construction = 128)'
            ' WHERE tenant = %L AND model = %L AND vector_dims(embedding) = %s',
            named, dimensions, of_tenant, of_model, dimensions);
    END LOOP;
    FOR named IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND starts_with(indexname, prefix) AND indexname <> ALL (kept)
    LOOP
        EXECUTE format('DROP INDEX public.%I', named);
    END LOOP;
    RETURN cardinality(kept) > 0;
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
    op.execute(DROP_INDEXES)
    op.execute("ALTER TABLE passages ALTER embedding TYPE vector")
    # in the row, as before, but for what is longer than a page
    op.execute("ALTER TABLE passages ALTER embedding SET STORAGE MAIN")
    op.execute("ALTER TABLE intent_examples ALTER embedding TYPE vector")
    op.execute("CREATE INDEX passages_model ON passages (tenant, model, document_id)")
    op.execute("DROP FUNCTION passages_by_words")
    op.execute(BY_WORDS)
    op.execute("REVOKE ALL ON FUNCTION passages_by_words FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION passages_by_words TO {APP}")
    op.execute(KEEP_INDEX)
    op.execute(f"SELECT ops.keep_search_index(id, {INDEXED_FROM}) FROM ops.tenants")


def downgrade() -> None:
    """Vectors that do not fit go; the digest of their documents fits nothing any more."""
    before = context.script.get_revision
    op.execute(DROP_INDEXES)
    op.execute("DROP FUNCTION passages_by_words")
    op.execute(before("0015").module.BY_WORDS)
    op.execute("REVOKE ALL ON FUNCTION passages_by_words FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION passages_by_words TO {APP}")
    op.execute(before("0017").module.KEEP_INDEX)
    op.execute("DROP INDEX passages_model")
    op.execute(f"DELETE FROM passages WHERE vector_dims(embedding) <> {DIMENSIONS_BEFORE}")
    op.execute("""
        DELETE FROM passages p USING passages o WHERE o.tenant = p.tenant
        AND o.document_id = p.document_id AND o.model < p.model""")
    op.execute("""
        UPDATE documents d SET digest = '' WHERE NOT EXISTS (SELECT FROM passages p
        WHERE p.tenant = d.tenant AND p.document_id = d.id)""")
    op.execute(
        "UPDATE intent_examples SET model = NULL, embedding = NULL"
        f" WHERE vector_dims(embedding) <> {DIMENSIONS_BEFORE}"
    )
    for table in ("passages", "intent_examples"):
        op.execute(f"ALTER TABLE {table} ALTER embedding TYPE vector({DIMENSIONS_BEFORE})")
    op.execute("ALTER TABLE passages ALTER embedding SET STORAGE PLAIN")
    op.execute(f"SELECT ops.keep_search_index(id, {INDEXED_FROM}) FROM ops.tenants")
