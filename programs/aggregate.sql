-- Programs and portfolios with their own benefits added, and the dimensions that both judge
-- alike: cost, risk, issues, and the forecast of benefits.
--
-- Reads `children`, `policy` (ppm/core) and `benefit` (programs/benefit.sql).
WITH own AS (
    SELECT component_id, sum(target) AS target, sum(planned) AS planned,
           sum(realised) AS realised, sum(forecast) AS forecast
    FROM benefit WHERE is_counted GROUP BY component_id
), added AS (
    SELECT children.*,
           core_total(child_target, own.target) AS benefit_target,
           core_total(child_planned, own.planned) AS benefit_planned,
           core_total(child_realised, own.realised) AS benefit_realised,
           core_total(child_forecast, own.forecast) AS benefit_forecast,
           coalesce(bac, 0) + coalesce(held, 0) AS whole,
           state IN ('active', 'executing', 'closing') AS is_active
    FROM children LEFT JOIN own USING (component_id)
), ratio AS (
    SELECT added.*,
           CASE WHEN whole > 0 THEN round((whole - vac) * 1.000000000000 / whole, 6) END AS overrun,
           CASE WHEN has_risks AND etc > 0
               THEN round(coalesce(risk_exposure, 0) * 1.000000000000 / etc, 6) END AS exposed,
           CASE WHEN benefit_target > 0
               THEN round(benefit_forecast * 1.000000000000 / benefit_target, 6) END AS delivered
    FROM added
)
SELECT ratio.*, verdict.*
FROM ratio
JOIN policy ON policy.scope_id = ratio.component_id
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'dimension', m.dimension, 'measure', m.measure,
               'value', round(m.value, m.digits)::text,
               'threshold',
               round(CASE m.severity WHEN 2 THEN m.amber ELSE m.green END, m.digits)::text,
               'health', core_colour(m.severity)
           ) ORDER BY m.position), '[]'::jsonb) AS entries,
           max(m.severity) FILTER (WHERE m.dimension = 'cost') AS cost_severity,
           max(m.severity) FILTER (WHERE m.dimension = 'risk') AS risk_severity,
           max(m.severity) FILTER (WHERE m.dimension = 'issues') AS issue_severity,
           max(m.severity) FILTER (WHERE m.dimension = 'benefits') AS forecast_severity
    FROM (VALUES
        (1, 'cost', 'eac_over_bac', 6, overrun, cost_green, cost_amber,
         core_band(overrun, cost_green, cost_amber)),
        (2, 'risk', 'exposure_over_etc', 6, exposed, risk_green, risk_amber,
         core_band(exposed, risk_green, risk_amber)),
        (3, 'risk', 'extreme_risk', 0, extreme, 0, 0, CASE WHEN extreme > 0 THEN 2 END),
        (4, 'issues', 'critical_overdue', 0, critical, 0, 1,
         CASE WHEN critical > 1 OR (critical = 1 AND oldest_critical > 14) THEN 2
              ELSE critical::int END),
        (5, 'issues', 'overdue', 0, overdue, 2, 2,
         CASE WHEN overdue > 2 THEN 1 WHEN overdue IS NOT NULL THEN 0 END),
        (6, 'benefits', 'forecast_over_target', 6, delivered, benefits_green, benefits_amber,
         core_band(-delivered, -benefits_green, -benefits_amber))
    ) AS m (position, dimension, measure, digits, value, green, amber, severity)
    WHERE is_active AND m.severity IS NOT NULL
) AS verdict
