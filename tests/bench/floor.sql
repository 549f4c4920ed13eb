-- The least that a roll-up of everything must do: read the newest progress of each task, each
-- baseline with its curve and all other facts, and write one row a component, wide as a snapshot.
--
-- as_of: the status date. Nothing is computed but one sum of all that was read; what is written is
-- the snapshots that stand already.
WITH newest AS (
    SELECT DISTINCT ON (p.task_id) p.task_id, p.percent FROM projects_progress AS p
    WHERE p.date <= %(as_of)s
    ORDER BY p.task_id, p.date DESC, p.id DESC
), work AS (
    SELECT t.project_id, sum(bt.budget + bt.start_elapsed + coalesce(newest.percent, 0)) AS total
    FROM projects_task AS t
    JOIN projects_baselinetask AS bt ON bt.task_id = t.id
    LEFT JOIN newest ON newest.task_id = t.id
    GROUP BY t.project_id
), curve AS (
    SELECT b.project_id, sum(c.planned_value + c.elapsed) AS total
    FROM projects_baseline AS b JOIN projects_baselinecurve AS c ON c.baseline_id = b.id
    WHERE b.is_current
    GROUP BY b.project_id
), cost AS (
    SELECT e.component_id, sum(e.amount) AS total FROM core_costentry AS e
    WHERE e.date <= %(as_of)s
    GROUP BY e.component_id
), judgement AS (
    SELECT component_id, sum(amount) AS total
    FROM (
        SELECT e.component_id, e.estimate_to_complete AS amount FROM core_estimate AS e
        UNION ALL
        SELECT r.component_id, a.impact * a.probability
        FROM core_risk AS r JOIN core_riskassessment AS a ON a.risk_id = r.id
        UNION ALL
        SELECT i.component_id, a.due_date - a.date
        FROM core_issue AS i JOIN core_issueassessment AS a ON a.issue_id = i.id
        UNION ALL
        SELECT c.component_id, a.cost_effect
        FROM core_change AS c JOIN core_changeassessment AS a ON a.change_id = c.id
        UNION ALL
        SELECT b.component_id, p.value
        FROM programs_benefit AS b JOIN programs_benefitplan AS p ON p.benefit_id = b.id
        UNION ALL
        SELECT b.component_id, m.value
        FROM programs_benefit AS b JOIN programs_benefitmeasurement AS m ON m.benefit_id = b.id
    ) AS said
    GROUP BY component_id
)
INSERT INTO bare_snapshot
SELECT s.*, coalesce(work.total, 0) + coalesce(curve.total, 0) + coalesce(cost.total, 0)
       + coalesce(judgement.total, 0)
FROM core_component AS c
JOIN core_snapshot AS s ON s.component_id = c.id
LEFT JOIN work ON work.project_id = c.id
LEFT JOIN curve ON curve.project_id = c.id
LEFT JOIN cost ON cost.component_id = c.id
LEFT JOIN judgement ON judgement.component_id = c.id
