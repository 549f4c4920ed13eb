-- Lay aside what the components of a tree answer for a date, before it is computed again.
CREATE TEMPORARY TABLE answer_before ON COMMIT DROP AS
SELECT answer.*
FROM core_component AS c
CROSS JOIN LATERAL (
    SELECT * FROM core_snapshot AS s
    WHERE s.component_id = c.id AND s.as_of <= %(as_of)s
    ORDER BY s.as_of DESC LIMIT 1
) AS answer
WHERE c.path >= ARRAY[%(root)s::bigint] AND c.path < ARRAY[%(root)s::bigint + 1]
