-- What portfolios and programs get from their children's snapshots and from their own facts: one
-- row each, with the additive columns of a snapshot and what their health is judged by.
--
-- Reads `scope`, `risk` and `issue`; as_of: the status date. Null amounts add nothing,
-- and nothing at all stays null. A child's weight is its budget, at work or on hold; where no
-- rated child has one, all weigh the same.
WITH child AS (
    SELECT c.parent_id, c.id AS child_id, s.*,
           coalesce(s.health, 'unknown') AS colour,
           core_severity(s.health) AS severity,
           coalesce(s.health, 'unknown') IN ('green', 'amber', 'red', 'unknown') AS is_rated,
           core_severity(s.schedule_health) AS schedule_severity,
           greatest(coalesce(s.bac, 0) + coalesce(s.held, 0), 0) AS weight
    FROM scope
    JOIN core_component AS c ON c.parent_id = scope.id
    LEFT JOIN LATERAL (
        SELECT * FROM core_snapshot AS s
        WHERE s.component_id = c.id AND s.as_of <= %(as_of)s
        ORDER BY s.as_of DESC LIMIT 1
    ) AS s ON TRUE
), weighed AS (
    SELECT child.*,
           CASE WHEN max(weight) FILTER (WHERE is_rated) OVER siblings > 0
               THEN weight ELSE 1 END AS share,
           CASE WHEN max(weight) OVER siblings > 0 THEN weight ELSE 1 END AS schedule_share
    FROM child WINDOW siblings AS (PARTITION BY parent_id)
), ranked AS (
    SELECT weighed.*, sum(share * severity) OVER siblings AS severe,
           row_number() OVER (siblings ORDER BY share * severity DESC NULLS LAST, child_id) AS rank
    FROM weighed WINDOW siblings AS (PARTITION BY parent_id)
), summed AS (
    SELECT parent_id,
           sum(bac) AS bac, sum(pv) AS pv, sum(ev) AS ev, sum(ev_costed) AS ev_costed,
           sum(ac) AS ac, sum(spent) AS spent, sum(sunk) AS sunk, sum(held) AS held,
           sum(pipeline) AS pipeline, sum(etc) AS etc, sum(eac) AS eac, sum(vac) AS vac,
           sum(own_cost) AS own_cost, sum(committed) AS committed,
           sum(risk_exposure) AS risk_exposure,
           sum(benefit_target) AS benefit_target, sum(benefit_planned) AS benefit_planned,
           sum(benefit_realised) AS benefit_realised, sum(benefit_forecast) AS benefit_forecast,
           sum(count_green) AS count_green, sum(count_amber) AS count_amber,
           sum(count_red) AS count_red, sum(count_unknown) AS count_unknown,
           sum(count_not_started) AS count_not_started, sum(count_on_hold) AS count_on_hold,
           sum(count_done) AS count_done,
           sum(budget_green) AS budget_green, sum(budget_amber) AS budget_amber,
           sum(budget_red) AS budget_red, sum(budget_unknown) AS budget_unknown,
           sum(budget_not_started) AS budget_not_started, sum(budget_on_hold) AS budget_on_hold,
           sum(budget_done) AS budget_done,
           min(start) AS start, max(finish) AS finish, max(forecast_finish) AS forecast_finish,
           min(inputs_as_of) AS inputs_as_of,
           sum(share) FILTER (WHERE is_rated) AS rated_share,
           sum(share) FILTER (WHERE severity IS NOT NULL) AS known_share,
           sum(share * coalesce(coverage, 1)) FILTER (WHERE severity IS NOT NULL) AS covered_share,
           sum(share * severity) AS severe_share,
           max(severity) AS worst,
           count(severity) AS known,
           count(*) FILTER (WHERE severity = 0) AS green,
           bool_or(colour = 'not_started') AS has_not_started,
           bool_or(colour = 'on_hold') AS has_on_hold,
           bool_or(colour = 'done') AS has_done,
           sum(schedule_share) FILTER (WHERE schedule_severity IS NOT NULL) AS schedule_known,
           sum(schedule_share * schedule_severity) AS schedule_severe,
           max(schedule_severity) AS schedule_worst,
           jsonb_agg(jsonb_build_object(
               'component', child_id, 'health', colour,
               'share', round(share * severity * 1.000000000000 / nullif(severe, 0), 6)::text
           ) ORDER BY rank) FILTER (WHERE rank <= 3 AND share * severity > 0) AS drivers
    FROM ranked GROUP BY parent_id
), cost AS (
    SELECT scope.id,
           (SELECT sum(e.amount) FROM core_costentry AS e
            WHERE e.component_id = scope.id AND e.kind = 'actual' AND e.date <= %(as_of)s) AS actual,
           (SELECT sum(e.amount) FROM core_costentry AS e
            WHERE e.component_id = scope.id AND e.kind = 'commitment' AND e.date <= %(as_of)s)
               AS committed,
           (SELECT e.estimate_to_complete + (
                SELECT coalesce(sum(c.amount), 0) FROM core_costentry AS c
                WHERE c.component_id = scope.id AND c.kind = 'actual' AND c.date <= e.date)
            FROM core_estimate AS e
            WHERE e.component_id = scope.id AND e.date <= %(as_of)s
            ORDER BY e.date DESC, e.id DESC LIMIT 1) AS estimated
    FROM scope
), own AS (
    -- What has not begun costs nothing yet; what is over costs what it has cost.
    SELECT cost.id,
           CASE WHEN spends THEN cost.actual END AS spent,
           CASE WHEN spends THEN cost.committed END AS committed,
           CASE WHEN is_over THEN cost.actual
                WHEN spends THEN greatest(cost.estimated, cost.actual) END AS cost,
           CASE WHEN spends AND NOT is_over THEN risk.exposure END AS exposure
    FROM cost
    LEFT JOIN risk ON risk.component_id = cost.id
    JOIN (
        SELECT id, state NOT IN ('idea', 'proposal', 'rejected') AS spends,
               state IN ('closed', 'terminated', 'archived') AS is_over
        FROM scope
    ) AS life USING (id)
)
SELECT scope.id AS component_id, scope.path, scope.kind, scope.state,
       summed.bac, summed.pv, summed.ev, summed.ev_costed, summed.ac,
       core_total(summed.spent, own.spent) AS spent,
       summed.sunk, summed.held, summed.pipeline, summed.etc, summed.eac, summed.vac,
       core_total(summed.own_cost, own.cost) AS own_cost,
       core_total(summed.committed, own.committed) AS committed,
       core_total(summed.risk_exposure, own.exposure) AS risk_exposure,
       summed.benefit_target AS child_target, summed.benefit_planned AS child_planned,
       summed.benefit_realised AS child_realised, summed.benefit_forecast AS child_forecast,
       coalesce(summed.count_green, 0) AS count_green,
       coalesce(summed.count_amber, 0) AS count_amber,
       coalesce(summed.count_red, 0) AS count_red,
       coalesce(summed.count_unknown, 0) AS count_unknown,
       coalesce(summed.count_not_started, 0) AS count_not_started,
       coalesce(summed.count_on_hold, 0) AS count_on_hold,
       coalesce(summed.count_done, 0) AS count_done,
       summed.budget_green, summed.budget_amber, summed.budget_red, summed.budget_unknown,
       summed.budget_not_started, summed.budget_on_hold, summed.budget_done,
       coalesce(summed.start, scope.start_date) AS start,
       coalesce(summed.finish, scope.finish_date) AS finish,
       coalesce(summed.forecast_finish, scope.finish_date) AS forecast_finish,
       summed.inputs_as_of,
       round(coalesce(summed.covered_share, 0) * 1.000000000000 / summed.rated_share, 6)
           AS coverage,
       round(summed.severe_share * 1.000000000000 / nullif(summed.known_share, 0), 6) AS index,
       round(summed.schedule_severe * 1.000000000000 / nullif(summed.schedule_known, 0), 6)
           AS schedule_index,
       summed.worst, summed.schedule_worst,
       round(summed.green * 1.000000000000 / nullif(summed.known, 0), 6) AS green_share,
       CASE WHEN summed.has_not_started THEN 'not_started' WHEN summed.has_on_hold THEN 'on_hold'
            WHEN summed.has_done THEN 'done' ELSE 'unknown' END AS unrated,
       summed.drivers,
       risk.component_id IS NOT NULL OR summed.risk_exposure IS NOT NULL AS has_risks,
       risk.extreme, issue.overdue, issue.critical, issue.oldest_critical
FROM scope
JOIN own ON own.id = scope.id
LEFT JOIN summed ON summed.parent_id = scope.id
LEFT JOIN risk ON risk.component_id = scope.id
LEFT JOIN issue ON issue.component_id = scope.id
