-- What is planned and booked in the periods of a portfolio's budget envelopes.
--
-- portfolio: its id; as_of: the status date, or a past one, of which only what was recorded before
-- `until` is known. Planned is what the current baselines of work that
-- is authorized, under way, on hold or closed earn in the period; between two points of their
-- curves, which are month ends, the plan is taken as even. Booked is what carries a date of the
-- period, whatever the state of the work; null before the period begins.
WITH period AS (
    SELECT e.id, e.start_date, e.finish_date
    FROM portfolios_budgetenvelope AS e WHERE e.portfolio_id = %(portfolio)s
), inside AS (
    SELECT c.id, c.state
    FROM core_component AS top
    JOIN core_component AS c
      ON c.path >= top.path
     AND c.path < top.path[:cardinality(top.path) - 1] || (top.id + 1)
    WHERE top.id = %(portfolio)s
), point AS (
    SELECT b.id AS baseline_id, p.day, p.planned_value
    FROM inside
    JOIN projects_baseline AS b ON b.project_id = inside.id AND b.is_current
    CROSS JOIN LATERAL (
        SELECT b.start_date - 1 AS day, 0 AS planned_value
        UNION ALL
        SELECT curve.day, curve.planned_value FROM projects_baselinecurve AS curve
        WHERE curve.baseline_id = b.id
    ) AS p
    WHERE inside.state IN ('authorized', 'executing', 'on_hold', 'closing', 'closed')
), stretch AS (
    SELECT lag(day) OVER curve AS eve, day,
           planned_value - lag(planned_value) OVER curve AS value
    FROM point WINDOW curve AS (PARTITION BY baseline_id ORDER BY day)
), planned AS (
    SELECT period.id, sum(
               stretch.value * (least(stretch.day, period.finish_date)
                                - greatest(stretch.eve, period.start_date - 1))
               * 1.000000000000 / (stretch.day - stretch.eve)
           ) AS amount
    FROM period
    JOIN stretch ON stretch.day >= period.start_date AND stretch.eve < period.finish_date
    GROUP BY period.id
), booked AS (
    SELECT period.id,
           sum(cost.amount) FILTER (WHERE cost.kind = 'actual') AS spent,
           sum(cost.amount) FILTER (WHERE cost.kind = 'commitment') AS committed
    FROM period
    JOIN core_costentry AS cost
      ON cost.date BETWEEN period.start_date AND least(period.finish_date, %(as_of)s)
     AND cost.recorded_at < coalesce(%(until)s, 'infinity'::timestamptz)
    JOIN inside ON inside.id = cost.component_id
    GROUP BY period.id
)
SELECT period.id, round(coalesce(planned.amount, 0), 4) AS planned,
       CASE WHEN period.start_date <= %(as_of)s THEN coalesce(booked.spent, 0) END AS spent,
       CASE WHEN period.start_date <= %(as_of)s THEN coalesce(booked.committed, 0) END AS committed
FROM period
LEFT JOIN planned USING (id)
LEFT JOIN booked USING (id)
