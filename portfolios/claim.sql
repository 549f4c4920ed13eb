-- Take the marks of a tree. Whatever commits a change after this statement has a mark of its own,
-- and a crash gives these back. root: the tree.
DELETE FROM core_dirtymark AS mark
USING core_component AS c
WHERE c.id = mark.component_id
  AND c.path >= ARRAY[%(root)s::bigint] AND c.path < ARRAY[%(root)s::bigint + 1]
RETURNING mark.component_id
