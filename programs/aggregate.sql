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
    FROM added OFFSET 0
), graded AS (
    -- How each measure of work under way stands against its policy: 0 green, 1 amber, 2 red.
    SELECT ratio.*, cost_green, cost_amber, risk_green, risk_amber,
           benefits_green, benefits_amber, severity.*
    FROM ratio
    JOIN policy ON policy.scope_id = ratio.component_id
    LEFT JOIN LATERAL (
        SELECT core_band(overrun, cost_green, cost_amber) AS overrun_severity,
               core_band(exposed, risk_green, risk_amber) AS exposed_severity,
               CASE WHEN extreme > 0 THEN 2 END AS extreme_severity,
               CASE WHEN critical > 1 OR (critical = 1 AND oldest_critical > 14) THEN 2
                    ELSE critical::int END AS critical_severity,
               CASE WHEN overdue > 2 THEN 1 WHEN overdue IS NOT NULL THEN 0 END
                   AS overdue_severity,
               core_band(-delivered, -benefits_green, -benefits_amber) AS forecast_severity
    ) AS severity ON is_active
    OFFSET 0
)
SELECT graded.*,
       overrun_severity AS cost_severity,
       greatest(exposed_severity, extreme_severity) AS risk_severity,
       greatest(critical_severity, overdue_severity) AS issue_severity,
       to_jsonb(array_remove(ARRAY[
           core_reason('cost', 'eac_over_bac', overrun_severity,
                       overrun, cost_green, cost_amber, 6),
           core_reason('risk', 'exposure_over_etc', exposed_severity,
                       exposed, risk_green, risk_amber, 6),
           core_reason('risk', 'extreme_risk', extreme_severity, extreme, 0, 0, 0),
           core_reason('issues', 'critical_overdue', critical_severity, critical, 0, 1, 0),
           core_reason('issues', 'overdue', overdue_severity, overdue, 2, 2, 0),
           core_reason('benefits', 'forecast_over_target', forecast_severity,
                       delivered, benefits_green, benefits_amber, 6)
       ], NULL)) AS entries
FROM graded
