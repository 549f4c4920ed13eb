-- The open issues of each component of `scope` past their due date, by their newest assessments.
-- as_of: the status date.
SELECT i.component_id,
       count(*) FILTER (WHERE late.days > 0) AS overdue,
       count(*) FILTER (WHERE late.days > 0 AND a.severity = 'critical') AS critical,
       max(late.days) FILTER (WHERE a.severity = 'critical') AS oldest_critical
FROM scope
JOIN core_issue AS i ON i.component_id = scope.id
CROSS JOIN LATERAL (
    SELECT a.* FROM core_issueassessment AS a
    WHERE a.issue_id = i.id AND a.date <= %(as_of)s
    ORDER BY a.date DESC, a.id DESC LIMIT 1
) AS a
CROSS JOIN LATERAL (SELECT CASE WHEN a.is_open THEN %(as_of)s - a.due_date END) AS late (days)
GROUP BY i.component_id
