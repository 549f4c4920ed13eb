-- Which projects have a plan that differs from their current baseline, or none yet.
--
-- ids: projects. The plan is the leaf tasks; without tasks it is the project itself, once it has
-- dates and a budget.
WITH plan AS (
    SELECT t.project_id, t.id AS task_id, t.start_date, t.finish_date,
           coalesce(t.budget, 0) AS budget
    FROM projects_task AS t
    WHERE t.project_id = ANY(%(ids)s)
      AND NOT EXISTS (SELECT 1 FROM projects_task AS child WHERE child.parent_id = t.id)
    UNION ALL
    SELECT c.id, NULL, c.start_date, c.finish_date, p.budget
    FROM projects_project AS p JOIN core_component AS c ON c.id = p.component_ptr_id
    WHERE c.id = ANY(%(ids)s) AND p.budget IS NOT NULL
      AND c.start_date IS NOT NULL AND c.finish_date IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM projects_task AS t WHERE t.project_id = c.id)
), approved AS (
    SELECT b.project_id, t.task_id, t.start_date, t.finish_date, t.budget
    FROM projects_baseline AS b JOIN projects_baselinetask AS t ON t.baseline_id = b.id
    WHERE b.is_current AND b.project_id = ANY(%(ids)s)
)
SELECT DISTINCT project_id FROM (
    (TABLE plan EXCEPT TABLE approved)
    UNION ALL
    (TABLE approved EXCEPT TABLE plan)
) AS difference
WHERE project_id IN (SELECT project_id FROM plan)
