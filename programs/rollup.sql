-- The health of programs: their components depend on each other, so bad news travels.
--
-- Reads `aggregate` (programs/aggregate.sql), `benefit` and `policy`. as_of: the status date. The
-- same in Python: programs/health.py.
WITH RECURSIVE program AS MATERIALIZED (
    SELECT aggregate.*, policy.index_green, policy.index_amber,
           policy.pull_red_share, policy.pull_amber_share
    FROM aggregate JOIN policy ON policy.scope_id = aggregate.component_id
), edge AS (
    -- Which child of a program waits for which other one, by the hard links of their tasks.
    SELECT DISTINCT program.component_id,
           waiting.path[cardinality(program.path) + 1] AS successor,
           first.path[cardinality(program.path) + 1] AS predecessor
    FROM program
    -- By the indexes on paths and on links between projects, program by program: a join would
    -- compare every program with every component, and read all links for a change in one.
    CROSS JOIN LATERAL (
        SELECT below.id, below.path FROM core_component AS below
        WHERE below.path > program.path
          AND below.path < program.path[:cardinality(program.path) - 1] || (program.component_id + 1)
          AND below.kind = 'project'
        OFFSET 0
    ) AS waiting
    CROSS JOIN LATERAL (
        SELECT d.predecessor_project_id FROM projects_dependency AS d
        WHERE d.successor_project_id = waiting.id AND d.is_hard
          AND d.predecessor_project_id <> d.successor_project_id
        OFFSET 0
    ) AS link
    JOIN core_component AS first
      ON first.id = link.predecessor_project_id AND first.path @> ARRAY[program.component_id]
    WHERE waiting.path[cardinality(program.path) + 1] <> first.path[cardinality(program.path) + 1]
), linked AS (
    SELECT ends.component_id, ends.child_id, newest.forecast_finish,
           max(newest.forecast_finish) OVER (PARTITION BY ends.component_id) AS latest,
           core_severity(newest.schedule_health) AS severity
    FROM (SELECT component_id, successor AS child_id FROM edge
          UNION SELECT component_id, predecessor FROM edge) AS ends
    LEFT JOIN LATERAL (
        SELECT s.forecast_finish, s.schedule_health FROM core_snapshot AS s
        WHERE s.component_id = ends.child_id AND s.as_of <= %(as_of)s
        ORDER BY s.as_of DESC LIMIT 1
    ) AS newest ON TRUE
), driving AS (
    SELECT component_id, child_id FROM linked WHERE forecast_finish = latest
    UNION
    SELECT edge.component_id, edge.predecessor
    FROM driving JOIN edge
      ON edge.component_id = driving.component_id AND edge.successor = driving.child_id
), path AS (
    SELECT component_id, count(*) AS length, max(severity) AS severity
    FROM driving JOIN linked USING (component_id, child_id) GROUP BY component_id
), dependence AS (
    -- How much of the program's target rests on each linked project.
    SELECT b.component_id, link.project_id, bool_or(link.mode = 'essential') AS is_essential,
           sum(valued.target * CASE WHEN link.mode = 'essential' THEN 1
               ELSE link.weight * 1.00000000000000000000 / weights.total END) AS amount
    FROM benefit AS b
    JOIN programs_benefitlink AS link ON link.benefit_id = b.benefit_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN b.is_counted AND b.target > 0 THEN b.target ELSE 0 END
    ) AS valued (target)
    CROSS JOIN LATERAL (
        SELECT sum(w.weight) FROM programs_benefitlink AS w WHERE w.benefit_id = b.benefit_id
    ) AS weights (total)
    GROUP BY b.component_id, link.project_id
), pulled AS (
    SELECT d.component_id, d.project_id, d.is_essential, newest.health,
           coalesce(round(round(d.amount, 12) / nullif(whole.target, 0), 6), 0.000000) AS share
    FROM dependence AS d
    LEFT JOIN (
        SELECT b.component_id, sum(b.target) AS target FROM benefit AS b
        WHERE b.is_counted AND b.target > 0 GROUP BY b.component_id
    ) AS whole USING (component_id)
    JOIN core_component AS project ON project.id = d.project_id
    JOIN core_component AS root ON root.id = project.path[1]
    JOIN LATERAL (
        SELECT s.health FROM core_snapshot AS s
        WHERE s.component_id = d.project_id AND s.as_of <= least(%(as_of)s, root.status_date)
        ORDER BY s.as_of DESC LIMIT 1
    ) AS newest ON TRUE
), pull AS (
    SELECT pulled.*, pull_red_share AS threshold,
           CASE WHEN is_essential OR share >= pull_red_share THEN 2 ELSE 1 END AS severity
    FROM pulled JOIN program USING (component_id) WHERE health = 'red'
    UNION ALL
    SELECT pulled.*, pull_amber_share, 1
    FROM pulled JOIN program USING (component_id)
    WHERE health = 'amber' AND share >= pull_amber_share
    UNION ALL
    SELECT component_id, NULL, FALSE, 'red', 0.000000, pull_red_share,
           CASE WHEN pull_red_share <= 0 THEN 2 ELSE 1 END
    FROM program WHERE worst = 2
), strongest AS (
    SELECT DISTINCT ON (component_id) component_id, severity, share, threshold
    FROM pull ORDER BY component_id, severity DESC, share DESC
), pulls AS (
    SELECT component_id, jsonb_agg(jsonb_build_object(
               'project', project_id, 'share', share::text,
               'essential', is_essential, 'health', health
           ) ORDER BY severity DESC, share DESC, project_id) AS list
    FROM pull WHERE project_id IS NOT NULL GROUP BY component_id
), judged AS (
    SELECT program.*,
           CASE WHEN NOT is_active THEN NULL
                WHEN path.component_id IS NOT NULL THEN path.severity
                WHEN schedule_index >= index_amber THEN 2
                WHEN schedule_index >= index_green THEN 1
                WHEN schedule_index IS NOT NULL THEN (schedule_worst = 2)::int
           END AS schedule_severity,
           path.length AS driving,
           CASE WHEN is_active THEN strongest.severity END AS pull_severity,
           strongest.share AS pull_share, strongest.threshold AS pull_threshold,
           CASE WHEN is_active THEN pulls.list END AS pull
    FROM program
    LEFT JOIN path USING (component_id)
    LEFT JOIN strongest USING (component_id)
    LEFT JOIN pulls USING (component_id)
)
SELECT judged.*,
       greatest(forecast_severity, pull_severity) AS benefit_severity,
       CASE
           WHEN state IN ('idea', 'proposal', 'authorized') THEN 'not_started'
           WHEN state = 'on_hold' THEN 'on_hold'
           WHEN NOT is_active THEN 'done'
           ELSE CASE greatest(schedule_severity, cost_severity, risk_severity, issue_severity,
                              forecast_severity, pull_severity)
               WHEN 0 THEN 'green' WHEN 1 THEN 'amber' WHEN 2 THEN 'red'
               ELSE CASE WHEN coverage IS NULL THEN unrated ELSE 'unknown' END END
       END AS computed,
       entries || CASE WHEN schedule_severity IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(
           jsonb_build_object(
               'dimension', 'schedule',
               'measure', CASE WHEN driving IS NULL THEN 'schedule_index' ELSE 'driving_path' END,
               'value', CASE WHEN driving IS NULL THEN schedule_index::text ELSE driving::text END,
               'threshold', CASE WHEN driving IS NOT NULL THEN '0' ELSE
                   round(CASE schedule_severity WHEN 2 THEN index_amber ELSE index_green END, 6)::text
               END,
               'health', core_colour(schedule_severity)
           )) END
       || CASE WHEN pull_severity IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(
           jsonb_build_object(
               'dimension', 'benefits', 'measure', 'pull', 'value', pull_share::text,
               'threshold', round(pull_threshold, 6)::text, 'health', core_colour(pull_severity)
           )) END AS measures
FROM judged
