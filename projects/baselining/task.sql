-- Freeze the work packages in the current baselines of projects.
--
-- Reads `package`. ids: projects; those that have a current baseline have a new one.
INSERT INTO projects_baselinetask
    (baseline_id, task_id, start_date, finish_date, budget, earning_method,
     start_elapsed, finish_elapsed)
SELECT b.id, package.task_id, package.start_date, package.finish_date, package.budget,
       package.earning_method,
       before.cumulative_minutes - origin.cumulative_minutes,
       through.cumulative_minutes - origin.cumulative_minutes
FROM package
JOIN projects_baseline AS b ON b.project_id = package.project_id AND b.is_current
JOIN core_calendarday AS origin
  ON origin.calendar_id = b.calendar_id AND origin.day = b.start_date - 1
JOIN core_calendarday AS before
  ON before.calendar_id = b.calendar_id AND before.day = package.start_date - 1
JOIN core_calendarday AS through
  ON through.calendar_id = b.calendar_id AND through.day = package.finish_date
ORDER BY b.id, package.task_id
