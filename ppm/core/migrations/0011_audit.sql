-- What every trigger of the audit trail runs: it writes an event for each row that a statement
-- added, changed or deleted. `ppm/core/auditing/triggers.py` puts it on the tables.
--
-- Arguments: the key column; an expression for the component of `{row}`; the columns that nobody
-- audits; the columns of which only the name is kept.
--
-- The columns of a table are asked for when it runs, so that a new one is audited at once. Of an
-- update first those columns are found that changed in any row: building JSON of all of them would
-- double the time of a bulk update.
CREATE FUNCTION core_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
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
        SELECT format(
            '%I, coalesce(%s, %s), %s, %s FROM %s WHERE %s',
            key, replace(component, '{row}', 'n'), replace(component, '{row}', 'o'),
            string_agg(format(part, name, coalesce(kept, 'o.' || quote_ident(name))), ' || '),
            string_agg(format(part, name, coalesce(kept, 'n.' || quote_ident(name))), ' || '),
            pairing,
            string_agg(format('o.%1$I IS DISTINCT FROM n.%1$I', name), ' OR ')
        ) INTO written
        FROM unnest(changed) AS name, LATERAL (
            SELECT CASE WHEN name = ANY (secret) THEN 'NULL' END
        ) AS secrecy (kept), (
            -- A row in which the only column did not change is left out anyway.
            SELECT CASE WHEN cardinality(changed) = 1 THEN 'jsonb_build_object(%1$L, %2$s)'
            ELSE 'CASE WHEN o.%1$I IS DISTINCT FROM n.%1$I '
                'THEN jsonb_build_object(%1$L, %2$s) ELSE ''{}'' END'
            END
        ) AS form (part);
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
