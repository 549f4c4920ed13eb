-- The work of the made-up projects: 10 tasks each, one of them a key milestone, 10 cost entries
-- and 15 progress rows.
--
-- as_of: the status date; nobody reports what lies behind it. Task k of a project has the id that
-- its place gives it.
CREATE TEMPORARY TABLE package ON COMMIT DROP AS
SELECT (place.number - 1) * 10 + k + 1 AS id, place.id AS project_id, place.number AS project, k,
       c.start_date + (c.finish_date - c.start_date) * k / 10 AS start_date,
       c.start_date + (c.finish_date - c.start_date) * (k + 1) / 10 - 1 AS finish_date
FROM place
JOIN core_component AS c USING (id)
CROSS JOIN generate_series(0, 9) AS k
WHERE place.kind = 'project';

INSERT INTO projects_task (
    id, project_id, wbs, name, description, start_date, finish_date, duration_minutes, is_key,
    schedule_constraint, budget, earning_method
)
SELECT id, project_id, k + 1, 'Work package ' || k + 1, '',
       CASE WHEN k = 9 THEN finish_date ELSE start_date END, finish_date,
       CASE WHEN k = 9 THEN 0 END, k = 9, 'asap',
       CASE WHEN k < 9 THEN 1000 * (1 + (project * 7 + k * 13) %% 97) END,
       CASE WHEN k = 9 THEN NULL
            WHEN k = 1 THEN 'fifty_fifty'
            WHEN k = 2 THEN 'zero_hundred'
            WHEN k = 8 AND project %% 3 = 0 THEN 'level_of_effort'
            WHEN k = 4 AND project %% 10 = 0 THEN 'weighted_milestones'
            ELSE 'physical_percent' END
FROM package ORDER BY id;

INSERT INTO projects_weightedmilestone (task_id, name, weight, planned_date)
SELECT id, 'Step', weight, start_date + (finish_date - start_date) * weight / 4
FROM package, generate_series(1, 3) AS weight
WHERE k = 4 AND project %% 10 = 0
ORDER BY id, weight;

INSERT INTO projects_milestoneaccomplishment (milestone_id, date, is_accomplished)
SELECT id, planned_date + 5, TRUE FROM projects_weightedmilestone
WHERE planned_date + 5 <= %(as_of)s
ORDER BY id;

INSERT INTO projects_dependency (predecessor_id, successor_id, predecessor_project_id,
                                 successor_project_id, link, lag_minutes, is_hard)
SELECT one.id, next.id, one.project_id, next.project_id, 'FS', 0, TRUE
FROM projects_task AS one JOIN projects_task AS next ON next.id = one.id + 1
WHERE one.id IN (SELECT id FROM package WHERE k = 9 AND project %% 5 = 0 AND project %% 50 <> 0)
ORDER BY one.id;

INSERT INTO projects_progress (task_id, date, percent, note)
SELECT id, said.date, CASE WHEN said.date < start_date THEN 0 ELSE
           least(100, round((said.date - start_date + 1) * (70 + project %% 50)
                            / (finish_date - start_date + 1.0)))
       END, ''
FROM package
CROSS JOIN generate_series(0, 1) AS round
CROSS JOIN LATERAL (
    SELECT least(start_date + 12 + 20 * round, %(as_of)s - ((project + k) %% 25)::int)
) AS said (date)
WHERE round = 0 OR k < 5
ORDER BY id, said.date;

INSERT INTO core_costentry
    (component_id, task_id, date, amount, kind, expense, category, description)
SELECT project_id, id, least(finish_date, %(as_of)s - k), 500 + (project * 11 + k * 701) %% 45000,
       CASE WHEN k = 9 THEN 'commitment' ELSE 'actual' END,
       CASE WHEN k %% 2 = 0 THEN 'capex' ELSE 'opex' END, 'Labour', ''
FROM package ORDER BY id;
