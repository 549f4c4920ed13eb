-- Give each of the projects that can be planned a new current baseline; none has one now.
--
-- Reads `package`. ids: projects; name; approved_by: user id or null; default_calendar: for
-- projects without one.
INSERT INTO projects_baseline
    (project_id, number, name, is_current, calendar_id, start_date, finish_date, approved_by_id)
SELECT extent.project_id,
       (SELECT coalesce(max(b.number) + 1, 0) FROM projects_baseline AS b
        WHERE b.project_id = extent.project_id),
       %(name)s, TRUE, coalesce(p.calendar_id, standard.id),
       extent.start_date, extent.finish_date, %(approved_by)s
FROM (
    SELECT package.project_id, min(start_date) AS start_date, max(finish_date) AS finish_date
    FROM package GROUP BY package.project_id
) AS extent
JOIN projects_project AS p ON p.component_ptr_id = extent.project_id
JOIN core_workcalendar AS standard ON standard.name = %(default_calendar)s
-- By a calendar without days nothing can be planned.
JOIN core_calendarday AS eve
  ON eve.calendar_id = coalesce(p.calendar_id, standard.id)
 AND eve.day = extent.start_date - 1
ORDER BY extent.project_id
