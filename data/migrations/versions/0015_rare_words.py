"""Rare words by how many passages hold them: ANALYZE lists rare ones, too, where there are few."""

from alembic import op

revision = "0015"
down_revision = "0014"

RARE_SHARE, RARE_PASSAGES = 0.005, 50  # either is rare

QUOTED = """chr(39) || replace(replace(word, chr(92), repeat(chr(92), 2)), chr(39),
        repeat(chr(39), 2)) || chr(39)"""  # as a tsquery reads it
BY_WORDS = f"""
CREATE OR REPLACE FUNCTION passages_by_words(asked text[], rare boolean, most integer)
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
        'SELECT id FROM public.passages WHERE tenant = $1 AND words @@ $2
         ORDER BY ts_rank(words, $2) DESC, document_id, position LIMIT $3'
        USING current_setting('app.tenant', true), query, most;
END $$
"""


def upgrade() -> None:
    op.execute(BY_WORDS)


def downgrade() -> None:
    """The function stays: 0012, which made it, takes it back, and it finds more than that one's."""
