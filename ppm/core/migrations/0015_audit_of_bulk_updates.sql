-- Cheaper events of bulk updates: the joins of many rows need more memory than a statement has by
-- default, and a row in which all the columns changed that the statement changed anywhere is
-- written in one piece. The arguments are those of 0011_audit.sql.
CREATE OR REPLACE FUNCTION core_record_changes() RETURNS trigger
LANGUAGE plpgsql SET work_mem = '64MB' AS $$
DECLARE
    key text := TG_ARGV[0];
    component text := TG_ARGV[1];
    unaudited text[] := TG_ARGV[2];
    secret text[] := TG_ARGV[3];
    changed text[];
    pairing text := 'old_rows AS o FULL JOIN new_rows AS n USING (' || quote_ident(key) || ')';
    written text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'This table is audited and cannot be truncated: delete its rows.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_truncate';
    ELSIF TG_OP = 'INSERT' THEN
        written := format(
            '%I, %s, NULL, to_jsonb(n) - $4 FROM new_rows AS n',
            key, replace(component, '{row}', 'n')
        );
    ELSIF TG_OP = 'DELETE' THEN
        written := format(
            '%I, %s, to_jsonb(o) - $4, NULL FROM old_rows AS o',
            key, replace(component, '{row}', 'o')
        );
    ELSE
        EXECUTE 'SELECT array_remove(ARRAY[' || (
            SELECT string_agg(
                format('CASE WHEN bool_or(o.%1$I IS DISTINCT FROM n.%1$I) THEN %1$L END', attname),
                ', ' ORDER BY attnum
            )
            FROM pg_attribute
            WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped
                AND attname <> ALL (unaudited)
        ) || ']::text[], NULL) FROM ' || pairing INTO changed;
        IF changed = '{}' THEN
            RETURN NULL;
        END IF;
        -- Most rows change in all these columns: theirs is one JSON, not one of each put together.
        SELECT format(
            '%I, coalesce(%s, %s), %s, %s FROM %s WHERE %s',
            key, replace(component, '{row}', 'n'), replace(component, '{row}', 'o'),
            replace(values_of, '{row}', 'o'), replace(values_of, '{row}', 'n'), pairing, any_differs
        ) INTO written
        FROM (
            SELECT format(
                'CASE WHEN %s THEN jsonb_build_object(%s) ELSE %s END',
                string_agg(differs, ' AND '),
                string_agg(format('%L, %s', name, kept), ', '),
                string_agg(
                    format(
                        'CASE WHEN %s THEN jsonb_build_object(%L, %s) ELSE ''{}'' END',
                        differs, name, kept
                    ), ' || '
                )
            ), string_agg(differs, ' OR ')
            FROM unnest(changed) AS name, LATERAL (
                SELECT format('o.%1$I IS DISTINCT FROM n.%1$I', name),
                    CASE WHEN name = ANY (secret) THEN 'NULL'
                        ELSE '{row}.' || quote_ident(name) END
            ) AS column_of (differs, kept)
        ) AS said (values_of, any_differs);
    END IF;
    EXECUTE 'INSERT INTO core_auditevent (actor_id, request_id, database_role, operation, '
        'table_name, row_id, component_id, before, after) SELECT $1, $2, session_user, $3, '
        || quote_literal(TG_TABLE_NAME) || ', ' || written
    USING
        nullif(current_setting('ppm.actor', true), '')::bigint,
        nullif(current_setting('ppm.request_id', true), '')::uuid,
        lower(TG_OP),
        unaudited || secret;
    RETURN NULL;
END
$$;
