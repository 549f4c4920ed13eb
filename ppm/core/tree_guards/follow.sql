-- After a statement that moved components: are there circles, and where does everything stand now?
--
-- One statement may move several components, also one below another. So circles are looked for
-- and paths are made only when all of them have their new parents, and along the parent links:
-- downwards from the moved components that no other moved one stands above. The moved rows are
-- found by EXCEPT, not by a join: its plan, kept from a statement of one row, would be quadratic
-- for one of many.
moved := ARRAY(
    SELECT id FROM (
        SELECT id, parent_id FROM new_rows EXCEPT SELECT id, parent_id FROM old_rows
    ) AS row
);
IF moved = '{}' THEN
    RETURN NULL;
END IF;

IF EXISTS (
    WITH RECURSIVE above (start, id) AS (
        SELECT id, parent_id FROM core_component WHERE id = ANY(moved)
        UNION
        SELECT above.start, c.parent_id FROM above JOIN core_component AS c ON c.id = above.id
    )
    SELECT FROM above WHERE id = start
) THEN
    RAISE EXCEPTION 'A component cannot stand below itself.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_has_no_cycle';
END IF;

-- A root that moves has given its settings up by now: its old row tells them.
INSERT INTO core_move (component_id, before_id, after_id, date)
SELECT was.id, was.parent_id, c.parent_id,
       CASE WHEN was.parent_id IS NULL
            THEN coalesce(was.status_date, (now() AT TIME ZONE was.time_zone)::date)
            ELSE coalesce(root.status_date, (now() AT TIME ZONE root.time_zone)::date) END
FROM old_rows AS was
JOIN core_component AS c ON c.id = was.id
JOIN core_component AS root ON root.id = was.path[1]
WHERE c.parent_id IS DISTINCT FROM was.parent_id;

WITH RECURSIVE above (start, id) AS (
    SELECT id, parent_id FROM core_component WHERE id = ANY(moved)
    UNION
    SELECT above.start, c.parent_id FROM above JOIN core_component AS c ON c.id = above.id
), placed (id, path) AS (
    SELECT c.id, coalesce(p.path, '{}') || c.id
    FROM core_component AS c LEFT JOIN core_component AS p ON p.id = c.parent_id
    WHERE c.id = ANY(moved) AND NOT EXISTS (
        SELECT FROM above WHERE above.start = c.id AND above.id = ANY(moved)
    )
    UNION ALL
    SELECT c.id, placed.path || c.id
    FROM placed JOIN core_component AS c ON c.parent_id = placed.id
)
UPDATE core_component AS c SET path = placed.path
FROM placed WHERE c.id = placed.id AND c.path <> placed.path;
RETURN NULL;
