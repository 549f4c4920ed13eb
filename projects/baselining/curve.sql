-- Draw the curves of the current baselines of projects: planned value at each month end, at the
-- finish, and where a weighted milestone is planned later than that. ids: projects.
WITH baseline AS (
    SELECT b.id, b.calendar_id, b.start_date, b.finish_date, origin.cumulative_minutes AS minutes
    FROM projects_baseline AS b
    JOIN core_calendarday AS origin
      ON origin.calendar_id = b.calendar_id AND origin.day = b.start_date - 1
    WHERE b.is_current AND b.project_id = ANY(%(ids)s)
), point AS MATERIALIZED (
    -- Once, not for each package: it looks up days in the calendar.
    SELECT baseline.id AS baseline_id, d.day, day.cumulative_minutes - baseline.minutes AS elapsed
    FROM baseline
    CROSS JOIN LATERAL (
        SELECT least((month + interval '1 month - 1 day')::date, baseline.finish_date)
        FROM generate_series(
            date_trunc('month', baseline.start_date), baseline.finish_date, '1 month'
        ) AS month
        UNION
        SELECT milestone.planned_date
        FROM projects_baselinetask AS frozen
        JOIN projects_baselinemilestone AS milestone ON milestone.baseline_task_id = frozen.id
        WHERE frozen.baseline_id = baseline.id
          AND milestone.planned_date > baseline.finish_date
    ) AS d (day)
    -- Looked up by its index: the planner expects many more points, and would read the whole
    -- calendar for each baseline.
    CROSS JOIN LATERAL (
        SELECT found.cumulative_minutes FROM core_calendarday AS found
        WHERE found.calendar_id = baseline.calendar_id AND found.day = d.day
        OFFSET 0
    ) AS day
)
INSERT INTO projects_baselinecurve (baseline_id, day, elapsed, planned_value)
SELECT point.baseline_id, point.day, point.elapsed, sum(
    projects_planned_value(
        frozen.earning_method, frozen.budget, point.elapsed,
        frozen.start_elapsed, frozen.finish_elapsed,
        CASE WHEN frozen.earning_method = 'weighted_milestones' THEN (
            SELECT coalesce(sum(m.weight), 0) FROM projects_baselinemilestone AS m
            WHERE m.baseline_task_id = frozen.id AND m.planned_date <= point.day
        ) END,
        CASE WHEN frozen.earning_method = 'weighted_milestones' THEN (
            SELECT sum(m.weight) FROM projects_baselinemilestone AS m
            WHERE m.baseline_task_id = frozen.id
        ) END
    )
)
FROM point JOIN projects_baselinetask AS frozen USING (baseline_id)
GROUP BY point.baseline_id, point.day, point.elapsed
ORDER BY point.baseline_id, point.day
