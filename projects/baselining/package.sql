-- The work packages of projects: their leaf tasks; of a project without tasks, the project itself
-- on its own budget and dates. Projects that have neither are left out. ids: projects.
SELECT t.project_id, t.id AS task_id, t.start_date, t.finish_date,
       coalesce(t.budget, 0) AS budget,
       coalesce(t.earning_method, 'physical_percent') AS earning_method
FROM projects_task AS t
WHERE t.project_id = ANY(%(ids)s)
  AND NOT EXISTS (SELECT 1 FROM projects_task AS child WHERE child.parent_id = t.id)
UNION ALL
SELECT c.id, NULL, c.start_date, c.finish_date, p.budget, 'physical_percent'
FROM projects_project AS p JOIN core_component AS c ON c.id = p.component_ptr_id
WHERE c.id = ANY(%(ids)s) AND p.budget IS NOT NULL
  AND c.start_date IS NOT NULL AND c.finish_date IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM projects_task AS t WHERE t.project_id = c.id)
