-- Mark what a new day can change in a tree: work that is not finished, plans that run on, facts
-- entered for a day that has come, and every program and portfolio, whose benefits, overrides
-- and overdue issues depend on the date.
--
-- root: the tree; last: the date its figures were last brought to, or null; as_of: the new date.
INSERT INTO core_dirtymark (component_id)
SELECT c.id
FROM core_component AS c
WHERE c.path >= ARRAY[%(root)s::bigint] AND c.path < ARRAY[%(root)s::bigint + 1]
  AND (
    c.kind <> 'project'
    OR c.state IN ('authorized', 'executing', 'on_hold', 'closing')
    OR EXISTS (
        SELECT 1 FROM projects_baseline AS b
        WHERE b.project_id = c.id AND b.is_current AND b.finish_date >= %(last)s
    )
    OR EXISTS (
        SELECT 1 FROM projects_baseline AS b
        JOIN projects_baselinetask AS t ON t.baseline_id = b.id
        JOIN projects_baselinemilestone AS m ON m.baseline_task_id = t.id
        WHERE b.project_id = c.id AND b.is_current
          AND m.planned_date > %(last)s AND m.planned_date <= %(as_of)s
    )
    OR EXISTS (
        SELECT 1 FROM core_costentry AS e
        WHERE e.component_id = c.id AND e.date > %(last)s AND e.date <= %(as_of)s
    )
    OR EXISTS (
        SELECT 1 FROM core_estimate AS e
        WHERE e.component_id = c.id AND e.date > %(last)s AND e.date <= %(as_of)s
    )
    OR EXISTS (
        SELECT 1 FROM projects_task AS t
        JOIN projects_progress AS p ON p.task_id = t.id
        WHERE t.project_id = c.id AND p.date > %(last)s AND p.date <= %(as_of)s
    )
    OR EXISTS (
        SELECT 1 FROM projects_task AS t
        JOIN projects_weightedmilestone AS m ON m.task_id = t.id
        JOIN projects_milestoneaccomplishment AS a ON a.milestone_id = m.id
        WHERE t.project_id = c.id AND a.date > %(last)s AND a.date <= %(as_of)s
    )
  )
