-- Take the marks of a portion of a tree: those of components that stand together, `most` at most.
-- Whatever commits a change after this statement has a mark of its own, and a crash gives these
-- back. root: the tree.
WITH marked AS MATERIALIZED (
    SELECT DISTINCT component_id FROM core_dirtymark
), portion AS (
    SELECT c.id
    FROM marked JOIN core_component AS c ON c.id = marked.component_id
    WHERE c.path >= ARRAY[%(root)s::bigint] AND c.path < ARRAY[%(root)s::bigint + 1]
    ORDER BY c.path LIMIT %(most)s
)
DELETE FROM core_dirtymark AS mark USING portion WHERE portion.id = mark.component_id
RETURNING mark.component_id
