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
        SELECT late.planned_date
        FROM projects_baselinetask AS frozen
        CROSS JOIN LATERAL (
            SELECT milestone.planned_date FROM projects_baselinemilestone AS milestone
            WHERE milestone.baseline_task_id = frozen.id
              AND milestone.planned_date > baseline.finish_date
            OFFSET 0
        ) AS late
        WHERE frozen.baseline_id = baseline.id AND frozen.earning_method = 'weighted_milestones'
    ) AS d (day)
    -- Looked up by its index, as the milestones above: the planner expects many more points, and
    -- would read all milestones and the whole calendar for each baseline.
    CROSS JOIN LATERAL (
        SELECT found.cumulative_minutes FROM core_calendarday AS found
        WHERE found.calendar_id = baseline.calendar_id AND found.day = d.day
        OFFSET 0
    ) AS day
)
INSERT INTO projects_baselinecurve (baseline_id, day, elapsed, planned_value)
SELECT point.baseline_id, point.day, point.elapsed, planned.value
FROM point
-- Summed point by point: all packages at all points together do not fit into memory.
CROSS JOIN LATERAL (
    SELECT sum(projects_planned_value(
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
    )) AS value
    FROM projects_baselinetask AS frozen WHERE frozen.baseline_id = point.baseline_id
) AS planned
ORDER BY point.baseline_id, point.day
