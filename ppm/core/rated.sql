-- The snapshot of a program or portfolio: its sums as they are, its colours named, the override
-- of its newest status report laid over the computed health, and why a ratio is missing.
--
-- Reads `rollup` (programs/rollup.sql or portfolios/rollup.sql). as_of: the status date.
WITH overridden AS (
    SELECT rollup.*, report.id AS report_id, report.health AS reported, report.valid_until,
           computed IN ('green', 'amber', 'red', 'unknown') AND coalesce(
               report.is_approved
               OR core_severity(report.health) > core_severity(computed), FALSE
           ) AS is_overridden
    FROM rollup
    LEFT JOIN LATERAL (
        SELECT r.*, EXISTS (
            SELECT FROM core_overrideruling AS ruling WHERE ruling.report_id = r.id
              AND ruling.outcome = 'approved' AND ruling.date <= %(as_of)s
        ) AS is_approved
        FROM core_statusreport AS r
        WHERE r.component_id = rollup.component_id AND r.override_reason <> ''
          AND r.date <= %(as_of)s AND r.valid_until >= %(as_of)s
        ORDER BY r.date DESC, r.id DESC LIMIT 1
    ) AS report ON is_active
)
SELECT overridden.*,
       CASE WHEN is_overridden THEN reported ELSE computed END AS health,
       computed AS computed_health,
       core_colour(schedule_severity) AS schedule_health,
       core_colour(cost_severity) AS cost_health,
       'unknown' AS scope_health,
       core_colour(risk_severity) AS risk_health,
       core_colour(issue_severity) AS issue_health,
       core_colour(benefit_severity) AS benefit_health,
       NULL::bigint AS earned_schedule,
       NULL::bigint AS actual_time,
       NULL::bigint AS planned_duration,
       jsonb_strip_nulls(jsonb_build_object(
           'health', measures,
           'state', state,
           'cpi', CASE WHEN ev_costed IS NULL THEN 'NO_COSTS' WHEN ac <= 0 THEN 'DIV_ZERO' END,
           'spi', CASE WHEN pv IS NULL THEN 'NO_PROGRESS_MEASURE'
               WHEN pv = 0 THEN 'NOT_STARTED' END,
           'roi', CASE WHEN benefit_forecast IS NULL THEN 'NO_BENEFITS'
               WHEN coalesce(eac, 0) + coalesce(sunk, 0) + coalesce(own_cost, 0) <= 0
                   THEN 'NO_COST' END,
           'drivers', drivers,
           'pull', pull,
           'override', CASE WHEN is_overridden THEN jsonb_build_object(
               'report', report_id, 'health', reported, 'until', valid_until) END
       )) AS reasons
FROM overridden
