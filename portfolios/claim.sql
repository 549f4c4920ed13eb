-- Take the marks of a portion of a tree: those of components that stand together, `most` at most.
-- Whatever commits a change after this statement has a mark of its own, and a crash gives these
-- back. root: the tree.
WITH portion AS (
    SELECT c.id
    FROM core_dirtymark AS mark JOIN core_component AS c ON c.id = mark.component_id
    WHERE c.path >= ARRAY[%(root)s::bigint] AND c.path < ARRAY[%(root)s::bigint + 1]
    GROUP BY c.id, c.path ORDER BY c.path LIMIT %(most)s
)
DELETE FROM core_dirtymark AS mark USING portion WHERE portion.id = mark.component_id
RETURNING mark.component_id
