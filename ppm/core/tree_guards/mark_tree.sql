-- After an update: a root whose settings changed takes its whole tree along. The lock waits for
-- components that others are inserting; they would be computed with the old settings otherwise.
-- Whoever can, takes it before the root's row (ppm/core/locks.py). The day turns anew.
IF EXISTS (
    SELECT id, status_date, time_zone FROM new_rows WHERE parent_id IS NULL
    EXCEPT SELECT id, status_date, time_zone FROM old_rows
) THEN
    PERFORM pg_advisory_xact_lock($STRUCTURE);
    DELETE FROM core_dayturn WHERE root_id IN (
        SELECT id FROM (
            SELECT id, status_date, time_zone FROM new_rows WHERE parent_id IS NULL
            EXCEPT SELECT id, status_date, time_zone FROM old_rows
        ) AS root
    );
    INSERT INTO core_dirtymark (component_id)
    SELECT c.id FROM (
        SELECT id, status_date, time_zone FROM new_rows WHERE parent_id IS NULL
        EXCEPT SELECT id, status_date, time_zone FROM old_rows
    ) AS root
    JOIN core_component AS c ON c.path >= ARRAY[root.id] AND c.path < ARRAY[root.id + 1];
END IF;
RETURN NULL;
