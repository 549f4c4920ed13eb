-- Partition the tables that grow with time by month: snapshots, progress, costs.
--
--     psql "$DATABASE_URL" --single-transaction --file docs/scaling/partition_by_month.sql
--
-- The site, workers and beat are stopped meanwhile: each table is copied, about 1 million rows in
-- 10 s on two cores. Indexes, constraints and triggers are those of the table before; the primary
-- key alone gets the date as its second column, as PostgreSQL demands. Afterwards next_months.sql
-- makes the partitions of the months to come: run it once a month, or the rows of later
-- months go to the default partition.
CREATE OR REPLACE PROCEDURE partition_by_month(target regclass, dated_by name)
LANGUAGE plpgsql AS $$
DECLARE
    here name := target::text;
    rebuilt text[];
    step text;
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = target) THEN
        RAISE EXCEPTION 'Other tables point to %.', here;
    END IF;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', here);

    -- What hangs on the table, in the order in which it is made again once all rows are there.
    SELECT array_agg(statement ORDER BY place, statement) INTO rebuilt FROM (
        SELECT 1 AS place, format(
            'ALTER TABLE %I ADD CONSTRAINT %I %s', here, conname,
            CASE contype WHEN 'p' THEN format('PRIMARY KEY (id, %I)', dated_by)
                         ELSE pg_get_constraintdef(oid) END
        ) AS statement
        FROM pg_constraint WHERE conrelid = target AND contype IN ('p', 'u', 'f')
        UNION ALL
        SELECT 2, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid = target AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u')
        )
        UNION ALL
        SELECT 3, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid = target AND NOT tgisinternal
    ) AS hanging;

    EXECUTE format('ALTER TABLE %I RENAME TO whole_table', here);
    EXECUTE format(
        'CREATE TABLE %I (LIKE whole_table INCLUDING DEFAULTS INCLUDING IDENTITY '
        'INCLUDING CONSTRAINTS INCLUDING STORAGE) PARTITION BY RANGE (%I)', here, dated_by
    );
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', here || '_default', here);
    CALL add_months(here, dated_by, 'whole_table');
    EXECUTE format('INSERT INTO %I OVERRIDING SYSTEM VALUE SELECT * FROM whole_table', here);
    EXECUTE format(
        'SELECT setval(pg_get_serial_sequence(%L, ''id''), coalesce(max(id), 1)) FROM %I',
        here, here
    );
    DROP TABLE whole_table;
    FOREACH step IN ARRAY rebuilt LOOP
        EXECUTE step;
    END LOOP;
    EXECUTE format('ANALYZE %I', here);
END $$;

-- Make the partitions of all months from the first row of a table to a year from now.
CREATE OR REPLACE PROCEDURE add_months(here name, dated_by name, rows_in name)
LANGUAGE plpgsql AS $$
DECLARE
    month date;
    first date;
    last date;
    part name;
BEGIN
    EXECUTE format('SELECT min(%I), max(%I) FROM %I', dated_by, dated_by, rows_in)
        INTO first, last;
    FOR month IN SELECT generate_series(
        date_trunc('month', coalesce(first, current_date)),
        greatest(last, current_date) + interval '1 year', '1 month'
    ) LOOP
        part := format('%s_%s', here, to_char(month, 'YYYY_MM'));
        CONTINUE WHEN to_regclass(quote_ident(part)) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            part, here, month, month + interval '1 month'
        );
    END LOOP;
END $$;

CALL partition_by_month('core_snapshot', 'as_of');
CALL partition_by_month('projects_progress', 'date');
CALL partition_by_month('core_costentry', 'date');
