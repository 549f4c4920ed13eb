-- The tree of a made-up organisation: the root, divisions of 50 portfolios, portfolios of 20
-- programs, programs of 50 projects.
--
-- projects: how many; divisions and programs: how many they need; as_of: the status date. There
-- are always two divisions at least, and their portfolios whether anything stands in them or not,
-- so that the path from the first project to the root has the same siblings on each level however
-- many projects there are. Triggers are off: path and version are what they would make them.
CREATE TEMPORARY TABLE place ON COMMIT DROP AS
WITH RECURSIVE node (kind, level, number) AS (
    SELECT 'portfolio', 'root', 1::bigint
    UNION ALL SELECT 'portfolio', 'division', d FROM generate_series(1, %(divisions)s) AS d
    UNION ALL SELECT 'portfolio', 'portfolio', p FROM generate_series(1, %(divisions)s * 50) AS p
    UNION ALL SELECT 'program', 'program', g FROM generate_series(1, %(programs)s) AS g
    UNION ALL SELECT 'project', 'project', n FROM generate_series(1, %(projects)s) AS n
), numbered AS (
    SELECT node.*, row_number() OVER (
        ORDER BY array_position(ARRAY['root', 'division', 'portfolio', 'program', 'project'], level),
                 number
    ) AS id
    FROM node
), first AS (
    SELECT level, min(id) - 1 AS id FROM numbered GROUP BY level
)
SELECT numbered.*, CASE level
           WHEN 'division' THEN 1
           WHEN 'portfolio' THEN (SELECT id FROM first WHERE level = 'division') + (number + 49) / 50
           WHEN 'program' THEN (SELECT id FROM first WHERE level = 'portfolio') + (number + 19) / 20
           WHEN 'project' THEN (SELECT id FROM first WHERE level = 'program') + (number + 49) / 50
       END AS parent_id
FROM numbered;
CREATE UNIQUE INDEX ON place (id);

INSERT INTO core_component (
    id, kind, code, name, description, parent_id, path, state, start_date, finish_date,
    currency, time_zone, status_date, version
)
WITH RECURSIVE below (id, path) AS (
    SELECT id, ARRAY[id] FROM place WHERE parent_id IS NULL
    UNION ALL
    SELECT place.id, below.path || place.id FROM below JOIN place ON place.parent_id = below.id
)
SELECT place.id, place.kind, upper(level) || '-' || number, initcap(level) || ' ' || number,
       '', place.parent_id, below.path,
       CASE WHEN kind = 'portfolio' THEN 'active' WHEN kind = 'program' THEN 'executing' ELSE
           (ARRAY['executing', 'proposal', 'authorized', 'on_hold', 'closing', 'closed',
                  'terminated'])[1 + CASE WHEN number %% 20 <= 6 THEN number %% 20 ELSE 0 END]
       END,
       CASE WHEN kind = 'project' THEN starts.day END,
       CASE WHEN kind = 'project' THEN starts.day + length.days END,
       CASE WHEN place.parent_id IS NULL THEN 'EUR' ELSE '' END,
       CASE WHEN place.parent_id IS NULL THEN 'Europe/Vienna' ELSE '' END,
       CASE WHEN place.parent_id IS NULL THEN %(as_of)s::date END, 1
FROM place
JOIN below USING (id)
CROSS JOIN LATERAL (SELECT %(as_of)s::date - 30 - (number * 37 %% 400)::int) AS starts (day)
CROSS JOIN LATERAL (SELECT 120 + (number * 53 %% 300)::int) AS length (days)
ORDER BY place.id;

INSERT INTO portfolios_portfolio (component_ptr_id, target_roi, discount_rate, governance_body)
SELECT id, 0.15, 0.07, 'Board' FROM place WHERE kind = 'portfolio';

INSERT INTO programs_program (component_ptr_id, vision)
SELECT id, '' FROM place WHERE kind = 'program';

INSERT INTO projects_project
    (component_ptr_id, nature, objectives, scope, deliverables, priority, budget, contingency)
SELECT id, 'project', '', '', '', 500, NULL, CASE WHEN number %% 3 = 0 THEN 20000 END
FROM place WHERE kind = 'project';
