-- The benefits whose home is one of the components: target, plan, what came, what is forecast.
--
-- Reads `scope`, the homes, and `policy`; as_of: the status date. Amounts are money, those of a
-- dis-benefit negative, rounded half-up to 4 decimals; null where the benefit is not counted in
-- money. rate: the share of the target that its projects let expect (r). What is multiplied by a
-- quotient is first rounded to 12 decimals, so that a third times three is one and halves go up.
-- The same in Python: programs/benefits.py.
WITH benefit AS MATERIALIZED (
    SELECT b.*, CASE b.sign WHEN 'benefit' THEN b.unit_value ELSE -b.unit_value END AS money
    FROM scope JOIN programs_benefit AS b ON b.component_id = scope.id
), factor AS (
    -- The share of each project's contribution that is expected to come.
    SELECT link.benefit_id, link.mode, link.weight,
           project.state IN ('closed', 'terminated', 'rejected') AS is_over,
           CASE
               WHEN project.state = 'closed' THEN 1
               WHEN project.state IN ('idea', 'proposal', 'rejected', 'terminated') THEN 0
               WHEN project.state = 'on_hold' THEN policy.confidence_on_hold
               WHEN link.delivery_confidence IS NOT NULL THEN link.delivery_confidence
               WHEN project.state = 'authorized' THEN policy.confidence_green
               ELSE CASE newest.health
                   WHEN 'green' THEN policy.confidence_green
                   WHEN 'amber' THEN policy.confidence_amber
                   WHEN 'red' THEN policy.confidence_red
                   ELSE policy.confidence_unknown END
           END AS factor
    FROM benefit
    JOIN policy ON policy.scope_id = benefit.component_id
    JOIN programs_benefitlink AS link ON link.benefit_id = benefit.id
    JOIN core_component AS project ON project.id = link.project_id
    JOIN core_component AS root ON root.id = project.path[1]
    LEFT JOIN LATERAL (
        -- Its own tree may be about an earlier date, and have left later ones behind.
        SELECT s.health FROM core_snapshot AS s
        WHERE s.component_id = project.id AND s.as_of <= least(%(as_of)s, root.status_date)
        ORDER BY s.as_of DESC LIMIT 1
    ) AS newest ON TRUE
), expected AS (
    SELECT benefit_id, bool_and(is_over) AS is_over,
           coalesce(core_product(factor) FILTER (WHERE mode = 'essential'), 1) * coalesce(
               sum(weight * factor) FILTER (WHERE mode = 'additive') * 1.00000000000000000000
               / sum(weight) FILTER (WHERE mode = 'additive'), 1
           ) AS rate
    FROM factor GROUP BY benefit_id
), planned AS (
    SELECT p.benefit_id, sum(p.value) AS value
    FROM benefit JOIN programs_benefitplan AS p ON p.benefit_id = benefit.id
    WHERE p.period_end <= %(as_of)s GROUP BY p.benefit_id
), measured AS (
    SELECT newest.benefit_id, sum(newest.value) AS value, count(*) AS points
    FROM (
        SELECT DISTINCT ON (m.benefit_id, m.date) m.benefit_id, m.value
        FROM benefit JOIN programs_benefitmeasurement AS m ON m.benefit_id = benefit.id
        WHERE m.date <= %(as_of)s
        ORDER BY m.benefit_id, m.date, m.id DESC
    ) AS newest
    GROUP BY newest.benefit_id
), trend AS (
    SELECT benefit.id, benefit.component_id, benefit.category, benefit.money,
           benefit.target_value AS target, coalesce(planned.value, 0) AS planned,
           coalesce(measured.value, 0) AS realised, expected.rate,
           coalesce(measured.points, 0) AS points,
           coalesce(expected.is_over, TRUE) AS is_over,
           coalesce(measured.value, 0) * 1.00000000000000000000
               / CASE WHEN planned.value > 0 THEN planned.value END AS realisation
    FROM benefit
    LEFT JOIN expected ON expected.benefit_id = benefit.id
    LEFT JOIN planned ON planned.benefit_id = benefit.id
    LEFT JOIN measured ON measured.benefit_id = benefit.id
), quality AS (
    SELECT trend.*, CASE
               WHEN points < 3 OR realisation IS NULL THEN rate
               WHEN is_over OR rate IS NULL THEN realisation
               ELSE least(rate, realisation) END AS quality
    FROM trend
)
SELECT id AS benefit_id, component_id, category, rate, points,
       category = 'cashable' AS is_counted,
       CASE WHEN category IN ('cashable', 'non_cashable')
           THEN round(money * target, 4) END AS target,
       CASE WHEN category IN ('cashable', 'non_cashable')
           THEN round(money * planned, 4) END AS planned,
       CASE WHEN category IN ('cashable', 'non_cashable')
           THEN round(money * realised, 4) END AS realised,
       CASE WHEN category IN ('cashable', 'non_cashable') AND quality IS NOT NULL
           THEN round(round(
               money * (realised + (target - planned) * least(greatest(quality, 0), 1.5)), 12
           ), 4) END AS forecast,
       CASE WHEN category IN ('cashable', 'non_cashable')
           THEN round(round(money * target * (1 - rate), 12), 4) END AS at_risk
FROM quality
