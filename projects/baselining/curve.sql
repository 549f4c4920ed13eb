-- Freeze the plan of many projects: baseline, its tasks and milestones, and its curve.
--
-- ids: projects; name; approved_by: user id or null; default_calendar: for projects without one.
-- A project without tasks is one work package on its own budget and dates. Projects that have
-- neither tasks nor dates and budget are left out.
WITH leaf AS (
    SELECT t.project_id, t.id AS task_id, t.start_date, t.finish_date,
           coalesce(t.budget, 0) AS budget,
           coalesce(t.earning_method, 'physical_percent') AS earning_method
    FROM projects_task AS t
    WHERE t.project_id = ANY(%(ids)s)
      AND NOT EXISTS (SELECT 1 FROM projects_task AS child WHERE child.parent_id = t.id)
), package AS (
    SELECT * FROM leaf
    UNION ALL
    SELECT c.id, NULL, c.start_date, c.finish_date, p.budget, 'physical_percent'
    FROM projects_project AS p JOIN core_component AS c ON c.id = p.component_ptr_id
    WHERE c.id = ANY(%(ids)s) AND p.budget IS NOT NULL
      AND c.start_date IS NOT NULL AND c.finish_date IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM projects_task AS t WHERE t.project_id = c.id)
), extent AS (
    SELECT package.project_id, min(start_date) AS start_date, max(finish_date) AS finish_date
    FROM package GROUP BY package.project_id
), baseline AS (
    INSERT INTO projects_baseline
        (project_id, number, name, is_current, calendar_id, start_date, finish_date, approved_by_id)
    SELECT extent.project_id,
           (SELECT coalesce(max(b.number) + 1, 0) FROM projects_baseline AS b
            WHERE b.project_id = extent.project_id),
           %(name)s, TRUE, coalesce(p.calendar_id, standard.id),
           extent.start_date, extent.finish_date, %(approved_by)s
    FROM extent
    JOIN projects_project AS p ON p.component_ptr_id = extent.project_id
    JOIN core_workcalendar AS standard ON standard.name = %(default_calendar)s
    -- By a calendar without days nothing can be planned.
    JOIN core_calendarday AS eve
      ON eve.calendar_id = coalesce(p.calendar_id, standard.id)
     AND eve.day = extent.start_date - 1
    ORDER BY extent.project_id
    RETURNING id, project_id, calendar_id, start_date, finish_date
), origin AS (
    SELECT baseline.*, day.cumulative_minutes AS minutes
    FROM baseline JOIN core_calendarday AS day
      ON day.calendar_id = baseline.calendar_id AND day.day = baseline.start_date - 1
), frozen AS (
    INSERT INTO projects_baselinetask
        (baseline_id, task_id, start_date, finish_date, budget, earning_method,
         start_elapsed, finish_elapsed)
    SELECT origin.id, package.task_id, package.start_date, package.finish_date, package.budget,
           package.earning_method,
           before.cumulative_minutes - origin.minutes, through.cumulative_minutes - origin.minutes
    FROM package
    JOIN origin USING (project_id)
    JOIN core_calendarday AS before
      ON before.calendar_id = origin.calendar_id AND before.day = package.start_date - 1
    JOIN core_calendarday AS through
      ON through.calendar_id = origin.calendar_id AND through.day = package.finish_date
    ORDER BY origin.id, package.task_id
    RETURNING *
), milestone AS (
    INSERT INTO projects_baselinemilestone (baseline_task_id, milestone_id, planned_date, weight)
    SELECT frozen.id, m.id, m.planned_date, m.weight
    FROM frozen JOIN projects_weightedmilestone AS m ON m.task_id = frozen.task_id
    WHERE frozen.earning_method = 'weighted_milestones'
    ORDER BY m.id
    RETURNING *
), point AS MATERIALIZED (
    -- Once, not for each package: it looks up days in the calendar.
    SELECT origin.id AS baseline_id, d.day, day.cumulative_minutes - origin.minutes AS elapsed
    FROM origin
    CROSS JOIN LATERAL (
        SELECT least((month + interval '1 month - 1 day')::date, origin.finish_date)
        FROM generate_series(date_trunc('month', origin.start_date), origin.finish_date, '1 month')
            AS month
        UNION
        -- A weighted milestone may be planned later than its task.
        SELECT milestone.planned_date
        FROM milestone JOIN frozen ON frozen.id = milestone.baseline_task_id
        WHERE frozen.baseline_id = origin.id AND milestone.planned_date > origin.finish_date
    ) AS d (day)
    -- Looked up by its index: the planner expects many more points, and would read the whole
    -- calendar for each baseline.
    CROSS JOIN LATERAL (
        SELECT found.cumulative_minutes FROM core_calendarday AS found
        WHERE found.calendar_id = origin.calendar_id AND found.day = d.day
        OFFSET 0
    ) AS day
)
INSERT INTO projects_baselinecurve (baseline_id, day, elapsed, planned_value)
SELECT point.baseline_id, point.day, point.elapsed, sum(
    projects_planned_value(
        frozen.earning_method, frozen.budget, point.elapsed,
        frozen.start_elapsed, frozen.finish_elapsed,
        (SELECT coalesce(sum(m.weight), 0) FROM milestone AS m
         WHERE m.baseline_task_id = frozen.id AND m.planned_date <= point.day),
        (SELECT sum(m.weight) FROM milestone AS m WHERE m.baseline_task_id = frozen.id)
    )
)
FROM point JOIN frozen USING (baseline_id)
GROUP BY point.baseline_id, point.day, point.elapsed
ORDER BY point.baseline_id, point.day
