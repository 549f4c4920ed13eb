-- What is known of projects on a date: one row each, with the columns of a snapshot.
--
-- Reads `scope`, `policy`, `risk` and `issue` (ppm/core); as_of: the status date. Facts dated
-- later do not count. Amounts are rounded half-up to 4 decimals once, at the task or the
-- assessment; a product is made before its quotient, which then has at least 12 decimals. Steps
-- end with OFFSET 0 so that each expression is computed once: merged, they were repeated for every
-- column; MATERIALIZED would copy each row besides. The same in Python: tests/oracle.
WITH project AS MATERIALIZED (
    SELECT scope.id, scope.state, scope.start_date, scope.finish_date,
           scope.state IN ('authorized', 'executing', 'closing', 'closed') AS performs,
           scope.state IN ('authorized', 'executing', 'closing', 'on_hold') AS is_open,
           scope.state IN ('executing', 'closing') AS is_active,
           scope.state IN ('authorized', 'executing', 'on_hold', 'closing', 'closed') AS is_planned,
           scope.state NOT IN ('idea', 'proposal', 'rejected') AS spends,
           p.budget, p.contingency,
           b.id AS baseline_id, b.calendar_id,
           b.start_date AS baseline_start, b.finish_date AS baseline_finish,
           today.cumulative_minutes - origin.cumulative_minutes AS elapsed,
           origin.cumulative_minutes AS origin_minutes
    FROM scope
    JOIN projects_project AS p ON p.component_ptr_id = scope.id
    LEFT JOIN projects_baseline AS b ON b.project_id = scope.id AND b.is_current
    LEFT JOIN core_calendarday AS origin
      ON origin.calendar_id = b.calendar_id AND origin.day = b.start_date - 1
    LEFT JOIN core_calendarday AS today
      ON today.calendar_id = b.calendar_id AND today.day = %(as_of)s
), plan AS (
    SELECT t.project_id, sum(t.budget) AS budget,
           min(t.start_date) AS start, max(t.finish_date) AS finish
    FROM project JOIN projects_task AS t ON t.project_id = project.id
    GROUP BY t.project_id
), milestone AS (
    SELECT bt.id AS baseline_task_id, sum(m.weight) AS weight,
           coalesce(sum(m.weight) FILTER (WHERE m.planned_date <= %(as_of)s), 0) AS due,
           coalesce(sum(m.weight) FILTER (WHERE fact.is_accomplished), 0) AS accomplished,
           max(fact.date) AS reported_on
    FROM project
    JOIN projects_baselinetask AS bt ON bt.baseline_id = project.baseline_id
    JOIN projects_baselinemilestone AS m ON m.baseline_task_id = bt.id
    LEFT JOIN LATERAL (
        SELECT a.date, a.is_accomplished FROM projects_milestoneaccomplishment AS a
        WHERE a.milestone_id = m.milestone_id AND a.date <= %(as_of)s
        ORDER BY a.date DESC, a.id DESC LIMIT 1
    ) AS fact ON TRUE
    GROUP BY bt.id
), key_task AS (
    SELECT t.id, t.finish_date
    FROM project JOIN projects_task AS t ON t.project_id = project.id AND t.is_key
), task AS (
    SELECT project.id AS project_id, bt.task_id, bt.budget, bt.earning_method,
           progress.percent, milestone.weight, milestone.accomplished,
           greatest(progress.date, milestone.reported_on) AS reported_on,
           projects_planned_value(
               bt.earning_method, bt.budget, project.elapsed, bt.start_elapsed, bt.finish_elapsed,
               milestone.due, milestone.weight
           ) AS pv,
           CASE WHEN key_task.id IS NOT NULL THEN
               CASE WHEN progress.percent = 100 THEN progress.date
                    ELSE greatest(key_task.finish_date, %(as_of)s) END - bt.finish_date
           END AS milestone_slip
    FROM project
    JOIN projects_baselinetask AS bt ON bt.baseline_id = project.baseline_id
    LEFT JOIN key_task ON key_task.id = bt.task_id
    LEFT JOIN milestone ON milestone.baseline_task_id = bt.id
    LEFT JOIN LATERAL (
        SELECT p.date, p.percent FROM projects_progress AS p
        WHERE p.task_id = bt.task_id AND p.date <= %(as_of)s
        ORDER BY p.date DESC, p.id DESC LIMIT 1
    ) AS progress ON TRUE
), performance AS (
    SELECT project_id, sum(budget) AS bac, sum(pv) AS pv,
           sum(CASE earning_method
               WHEN 'level_of_effort' THEN pv
               WHEN 'weighted_milestones'
                   THEN coalesce(round(budget * accomplished * 1.000000000000 / weight, 4), 0)
               WHEN 'zero_hundred' THEN CASE WHEN percent = 100 THEN budget ELSE 0 END
               WHEN 'fifty_fifty' THEN CASE WHEN percent = 100 THEN budget
                   WHEN percent > 0 THEN round(budget / 2.0000, 4) ELSE 0 END
               ELSE coalesce(round(budget * percent / 100.0000, 4), 0)
           END) AS ev,
           count(task_id) > 0 AS is_measured,
           max(reported_on) AS reported_on, max(milestone_slip) AS milestone_slip
    FROM task GROUP BY project_id
), curve AS (
    SELECT p.project_id,
           min(c.elapsed) FILTER (WHERE c.planned_value >= p.bac) AS planned_duration,
           coalesce(max(c.elapsed) FILTER (WHERE c.planned_value <= p.ev), 0) AS past,
           coalesce(max(c.planned_value) FILTER (WHERE c.planned_value <= p.ev), 0) AS past_value,
           min(c.elapsed) FILTER (WHERE c.planned_value > p.ev) AS next,
           min(c.planned_value) FILTER (WHERE c.planned_value > p.ev) AS next_value
    FROM project
    JOIN performance AS p ON p.project_id = project.id
    JOIN projects_baselinecurve AS c ON c.baseline_id = project.baseline_id
    GROUP BY p.project_id
), cost AS (
    SELECT e.component_id AS project_id,
           sum(e.amount) FILTER (WHERE e.kind = 'actual') AS actual,
           sum(e.amount) FILTER (WHERE e.kind = 'commitment') AS committed,
           max(e.date) FILTER (WHERE e.kind = 'actual') AS booked_on
    FROM project JOIN core_costentry AS e ON e.component_id = project.id AND e.date <= %(as_of)s
    GROUP BY e.component_id
), estimate AS (
    SELECT project.id AS project_id, newest.date, newest.estimate_to_complete,
           newest.forecast_finish,
           (SELECT coalesce(sum(e.amount), 0) FROM core_costentry AS e
            WHERE e.component_id = project.id AND e.kind = 'actual' AND e.date <= newest.date)
               AS actual_then
    FROM project
    CROSS JOIN LATERAL (
        SELECT e.date, e.estimate_to_complete, e.forecast_finish FROM core_estimate AS e
        WHERE e.component_id = project.id AND e.date <= %(as_of)s
        ORDER BY e.date DESC, e.id DESC LIMIT 1
    ) AS newest
), change AS (
    SELECT c.component_id AS project_id,
           coalesce(sum(abs(a.cost_effect)) FILTER (
               WHERE a.status IN ('submitted', 'approved', 'implemented')
           ), 0) AS value,
           count(*) FILTER (
               WHERE a.drops_requirement AND a.status IN ('approved', 'implemented')
           ) AS dropped
    FROM project
    JOIN core_change AS c ON c.component_id = project.id
    CROSS JOIN LATERAL (
        SELECT a.* FROM core_changeassessment AS a
        WHERE a.change_id = c.id AND a.date <= %(as_of)s
        ORDER BY a.date DESC, a.id DESC LIMIT 1
    ) AS a
    GROUP BY c.component_id
), fact AS (
    -- Everything about a project in one row; performance only where the state lets it count.
    SELECT project.*, plan.budget AS planned_budget, plan.start AS plan_start,
           plan.finish AS plan_finish, plan.project_id IS NOT NULL AS has_tasks,
           performance.bac AS whole, performance.is_measured, performance.reported_on,
           performance.milestone_slip,
           CASE WHEN performance.is_measured THEN performance.pv END AS planned,
           CASE WHEN performance.is_measured THEN performance.ev END AS earned,
           coalesce(performance.is_measured AND performance.bac > 0
                    AND performance.ev >= performance.bac, FALSE) AS is_complete,
           curve.planned_duration,
           CASE WHEN NOT performance.is_measured THEN NULL
                WHEN performance.ev <= 0 THEN 0
                WHEN performance.ev >= performance.bac THEN curve.planned_duration
                ELSE round(curve.past + (performance.ev - curve.past_value) * 1.000000000000
                     * (curve.next - curve.past) / (curve.next_value - curve.past_value))
           END AS earned_schedule,
           cost.actual, cost.committed, cost.booked_on,
           estimate.date AS estimated_on, estimate.forecast_finish AS estimated_finish,
           CASE WHEN estimate.project_id IS NOT NULL THEN greatest(
               estimate.actual_then + estimate.estimate_to_complete, cost.actual
           ) END AS bottom_up,
           estimate.estimate_to_complete,
           risk.exposure, risk.extreme, risk.component_id IS NOT NULL AS has_risks,
           issue.overdue, issue.critical, issue.oldest_critical,
           change.value AS change_value, change.dropped
    FROM project
    LEFT JOIN plan ON plan.project_id = project.id
    LEFT JOIN performance ON performance.project_id = project.id
    LEFT JOIN curve ON curve.project_id = project.id
    LEFT JOIN cost ON cost.project_id = project.id
    LEFT JOIN estimate ON estimate.project_id = project.id
    LEFT JOIN risk ON risk.component_id = project.id
    LEFT JOIN issue ON issue.component_id = project.id
    LEFT JOIN change ON change.project_id = project.id
    OFFSET 0
), estimated AS (
    SELECT fact.*,
           CASE
               WHEN state = 'closed' AND actual IS NOT NULL THEN 'AC'
               WHEN state = 'closed' AND estimate_to_complete IS NOT NULL THEN 'BU'
               WHEN state = 'closed' THEN NULL
               WHEN NOT is_open THEN NULL
               WHEN bottom_up IS NOT NULL AND (NOT has_tasks OR %(as_of)s - estimated_on <= 35)
                   THEN 'BU'
               WHEN whole IS NULL THEN NULL
               WHEN actual IS NULL OR earned IS NULL THEN 'PLAN'
               WHEN earned >= whole THEN 'AC'
               WHEN earned <= 0 OR actual <= 0 THEN 'PF1'
               ELSE 'BLEND'
           END AS method,
           -- The time of finished work stands still on the day of its last report.
           CASE WHEN is_complete OR state = 'closed' THEN (
               SELECT day.cumulative_minutes - origin_minutes FROM core_calendarday AS day
               WHERE day.calendar_id = fact.calendar_id AND day.day = reported_on
           ) ELSE elapsed END AS actual_time
    FROM fact OFFSET 0
), amount AS (
    SELECT estimated.*,
           CASE method
               WHEN 'AC' THEN actual
               WHEN 'BU' THEN CASE state WHEN 'closed' THEN estimate_to_complete ELSE bottom_up END
               WHEN 'PLAN' THEN greatest(whole, actual)
               WHEN 'PF1' THEN actual + whole - earned
               WHEN 'BLEND' THEN round(actual + (whole - earned) * (actual + whole - earned)
                                       * 1.000000000000 / whole, 4)
           END AS eac,
           -- Only work under way ages; an input that never came is as old as the project.
           CASE WHEN is_active THEN least(
               CASE WHEN has_tasks
                   THEN coalesce(reported_on, start_date, baseline_start, plan_start) END,
               booked_on,
               CASE WHEN NOT has_tasks
                   THEN coalesce(estimated_on, start_date, baseline_start) END
           ) END AS inputs_as_of,
           -- Work that goes on does not finish in the past; without any date nothing is known.
           greatest(
               coalesce(estimated_finish, plan_finish, finish_date, baseline_finish),
               CASE WHEN is_open AND NOT is_complete AND coalesce(
                   estimated_finish, plan_finish, finish_date, baseline_finish
               ) IS NOT NULL THEN %(as_of)s END
           ) AS expected_finish,
           CASE WHEN is_measured AND actual_time > 0
               THEN round(earned_schedule * 1.000000000000 / actual_time, 6) END AS spi_t,
           coalesce(actual_time < planned_duration * 0.10, FALSE) AS is_early
    FROM estimated OFFSET 0
), ratio AS (
    SELECT amount.*,
           CASE state WHEN 'closed' THEN eac - eac ELSE eac - coalesce(actual, 0) END AS etc,
           CASE WHEN NOT is_early THEN round(
               (expected_finish - baseline_finish) * 1.000000000000
               / (baseline_finish - baseline_start + 1), 6) END AS slip,
           CASE WHEN whole > 0 THEN round(eac * 1.000000000000 / whole, 6) END AS overrun,
           CASE WHEN whole > 0 THEN round(change_value * 1.000000000000 / whole, 6) END AS changed,
           CASE WHEN has_risks AND eac > coalesce(actual, 0) THEN
               round(coalesce(exposure, 0) * 1.000000000000 / (eac - coalesce(actual, 0)), 6)
           END AS exposed,
           CASE WHEN exposure > 0 THEN round(contingency * 1.000000000000 / exposure, 6)
           END AS covered
    FROM amount OFFSET 0
), graded AS (
    -- How each measure of work under way stands against its policy: 0 green, 1 amber, 2 red.
    SELECT ratio.*, %(as_of)s - inputs_as_of AS age, half_life_days,
           schedule_index_green, schedule_index_amber, slip_green, slip_amber,
           milestone_slip_green_days, milestone_slip_amber_days, cost_green, cost_amber,
           scope_green, scope_amber, risk_green, risk_amber, contingency_green, contingency_amber,
           severity.*
    FROM ratio
    JOIN policy ON policy.scope_id = ratio.id
    LEFT JOIN LATERAL (
        SELECT
            CASE WHEN NOT is_early
                THEN core_band(-spi_t, -schedule_index_green, -schedule_index_amber) END
                AS spi_t_severity,
            core_band(slip, slip_green, slip_amber) AS slip_severity,
            CASE WHEN milestone_slip < milestone_slip_green_days THEN 0
                 WHEN milestone_slip < milestone_slip_amber_days THEN 1
                 WHEN milestone_slip IS NOT NULL THEN 2 END AS milestone_severity,
            core_band(overrun, cost_green, cost_amber) AS overrun_severity,
            core_band(changed, scope_green, scope_amber) AS changed_severity,
            CASE WHEN dropped > 0 THEN 2 END AS dropped_severity,
            core_band(exposed, risk_green, risk_amber) AS exposed_severity,
            core_band(-covered, -contingency_green, -contingency_amber) AS covered_severity,
            CASE WHEN extreme > 0 THEN 2 END AS extreme_severity,
            CASE WHEN critical > 1 OR (critical = 1 AND oldest_critical > 14) THEN 2
                 ELSE critical::int END AS critical_severity,
            CASE WHEN overdue > 2 THEN 1 WHEN overdue IS NOT NULL THEN 0 END AS overdue_severity
    ) AS severity ON is_active
    OFFSET 0
), judged AS (
    SELECT graded.*,
           greatest(spi_t_severity, slip_severity, milestone_severity) AS schedule,
           overrun_severity AS cost,
           greatest(changed_severity, dropped_severity) AS scope,
           greatest(exposed_severity, covered_severity, extreme_severity) AS risk,
           greatest(critical_severity, overdue_severity) AS issues,
           to_jsonb(array_remove(ARRAY[
               core_reason('schedule', 'spi_t', spi_t_severity,
                           spi_t, schedule_index_green, schedule_index_amber, 6),
               core_reason('schedule', 'finish_slip', slip_severity,
                           slip, slip_green, slip_amber, 6),
               core_reason('schedule', 'milestone_slip_days', milestone_severity, milestone_slip,
                           milestone_slip_green_days, milestone_slip_amber_days, 0),
               core_reason('cost', 'eac_over_bac', overrun_severity,
                           overrun, cost_green, cost_amber, 6),
               core_reason('scope', 'change_share', changed_severity,
                           changed, scope_green, scope_amber, 6),
               core_reason('scope', 'dropped_requirement', dropped_severity, dropped, 0, 0, 0),
               core_reason('risk', 'exposure_over_etc', exposed_severity,
                           exposed, risk_green, risk_amber, 6),
               core_reason('risk', 'contingency_coverage', covered_severity,
                           covered, contingency_green, contingency_amber, 6),
               core_reason('risk', 'extreme_risk', extreme_severity, extreme, 0, 0, 0),
               core_reason('issues', 'critical_overdue', critical_severity, critical, 0, 1, 0),
               core_reason('issues', 'overdue', overdue_severity, overdue, 2, 2, 0)
           ], NULL)) AS entries
    FROM graded OFFSET 0
), rated AS (
    SELECT judged.*, worst.*, report.id AS report_id, report.health AS reported,
           report.valid_until, report.is_approved,
           coalesce(age > half_life_days, FALSE) AS is_stale,
           CASE
               WHEN state IN ('idea', 'proposal', 'authorized') THEN 'not_started'
               WHEN state = 'on_hold' THEN 'on_hold'
               WHEN NOT is_active THEN 'done'
               WHEN schedule IS NULL AND cost IS NULL THEN 'unknown'
               ELSE core_colour(worst)
           END AS computed,
           CASE WHEN age > 2 * half_life_days OR (schedule IS NULL AND cost IS NULL)
               THEN NULL ELSE worst END AS current_severity
    FROM judged
    CROSS JOIN LATERAL (SELECT greatest(schedule, cost, scope, risk, issues)) AS worst (worst)
    LEFT JOIN LATERAL (
        SELECT r.*, EXISTS (
            SELECT FROM core_overrideruling AS ruling WHERE ruling.report_id = r.id
              AND ruling.outcome = 'approved' AND ruling.date <= %(as_of)s
        ) AS is_approved
        FROM core_statusreport AS r
        WHERE r.component_id = judged.id AND r.override_reason <> ''
          AND r.date <= %(as_of)s AND r.valid_until >= %(as_of)s
        ORDER BY r.date DESC, r.id DESC LIMIT 1
    ) AS report ON is_active
    OFFSET 0
), final AS (
    SELECT rated.*,
           is_active AND coalesce(
               is_approved OR core_severity(reported) > current_severity, FALSE
           ) AS is_overridden,
           CASE
               WHEN NOT is_active THEN computed
               WHEN is_approved OR core_severity(reported) > current_severity THEN reported
               ELSE core_colour(current_severity)
           END AS effective,
           CASE WHEN is_planned THEN whole END AS weight,
           state NOT IN ('terminated', 'rejected') AS is_counted
    FROM rated OFFSET 0
)
SELECT
    id AS component_id,
    CASE WHEN performs THEN whole END AS bac,
    CASE WHEN performs THEN planned END AS pv,
    CASE WHEN performs THEN earned END AS ev,
    CASE WHEN performs AND actual > 0 THEN earned END AS ev_costed,
    CASE WHEN performs AND is_measured THEN actual END AS ac,
    CASE WHEN spends THEN actual END AS spent,
    CASE WHEN state = 'terminated' THEN actual END AS sunk,
    CASE WHEN state = 'on_hold' THEN whole END AS held,
    CASE WHEN state = 'proposal' THEN coalesce(planned_budget, budget) END AS pipeline,
    etc,
    eac,
    CASE WHEN is_planned THEN whole - eac END AS vac,
    NULL::numeric AS own_cost,
    CASE WHEN spends THEN committed END AS committed,
    CASE WHEN is_open THEN exposure END AS risk_exposure,
    NULL::numeric AS benefit_target,
    NULL::numeric AS benefit_planned,
    NULL::numeric AS benefit_realised,
    NULL::numeric AS benefit_forecast,
    (is_counted AND effective = 'green')::int AS count_green,
    (is_counted AND effective = 'amber')::int AS count_amber,
    (is_counted AND effective = 'red')::int AS count_red,
    (is_counted AND effective = 'unknown')::int AS count_unknown,
    (is_counted AND effective = 'not_started')::int AS count_not_started,
    (is_counted AND effective = 'on_hold')::int AS count_on_hold,
    (is_counted AND effective = 'done')::int AS count_done,
    CASE WHEN effective = 'green' THEN weight END AS budget_green,
    CASE WHEN effective = 'amber' THEN weight END AS budget_amber,
    CASE WHEN effective = 'red' THEN weight END AS budget_red,
    CASE WHEN effective = 'unknown' THEN weight END AS budget_unknown,
    CASE WHEN effective = 'not_started' THEN weight END AS budget_not_started,
    CASE WHEN effective = 'on_hold' THEN weight END AS budget_on_hold,
    CASE WHEN effective = 'done' THEN weight END AS budget_done,
    CASE WHEN is_planned THEN coalesce(baseline_start, start_date, plan_start) END AS start,
    CASE WHEN is_planned THEN coalesce(baseline_finish, finish_date, plan_finish) END AS finish,
    CASE WHEN is_planned THEN expected_finish END AS forecast_finish,
    CASE WHEN performs THEN earned_schedule END::bigint AS earned_schedule,
    CASE WHEN performs AND is_measured THEN actual_time END AS actual_time,
    CASE WHEN performs THEN planned_duration END AS planned_duration,
    effective AS health,
    computed AS computed_health,
    core_colour(schedule) AS schedule_health,
    core_colour(cost) AS cost_health,
    core_colour(scope) AS scope_health,
    core_colour(risk) AS risk_health,
    core_colour(issues) AS issue_health,
    'unknown' AS benefit_health,
    inputs_as_of,
    CASE WHEN effective IN ('green', 'amber', 'red') THEN 1.000000
         WHEN effective = 'unknown' THEN 0.000000 END AS coverage,
    jsonb_strip_nulls(jsonb_build_object(
        'health', entries,
        'state', state,
        'eac', method,
        'cpi', CASE
            WHEN NOT performs THEN 'NOT_APPLICABLE'
            WHEN baseline_id IS NULL THEN 'NO_BASELINE'
            WHEN NOT is_measured THEN 'NO_PROGRESS_MEASURE'
            WHEN actual IS NULL THEN 'NO_COSTS'
            WHEN actual <= 0 THEN 'DIV_ZERO' END,
        'spi', CASE
            WHEN NOT performs THEN 'NOT_APPLICABLE'
            WHEN baseline_id IS NULL THEN 'NO_BASELINE'
            WHEN NOT is_measured THEN 'NO_PROGRESS_MEASURE'
            WHEN planned = 0 THEN 'NOT_STARTED' END,
        'roi', 'NO_BENEFITS',
        'stale_days', CASE WHEN is_stale THEN age END,
        'override', CASE WHEN is_overridden THEN jsonb_build_object(
            'report', report_id, 'health', reported, 'until', valid_until) END
    )) AS reasons
FROM final
