-- Freeze the weighted milestones in the current baselines of projects. ids: projects.
INSERT INTO projects_baselinemilestone (baseline_task_id, milestone_id, planned_date, weight)
SELECT frozen.id, m.id, m.planned_date, m.weight
FROM projects_baseline AS b
JOIN projects_baselinetask AS frozen
  ON frozen.baseline_id = b.id AND frozen.earning_method = 'weighted_milestones'
JOIN projects_weightedmilestone AS m ON m.task_id = frozen.task_id
WHERE b.is_current AND b.project_id = ANY(%(ids)s)
ORDER BY m.id
