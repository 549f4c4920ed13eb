-- The risks of each component of `scope` by their newest assessments: exposure of the open ones
-- (an opportunity counts negative), and how many extreme ones nothing is done about.
-- as_of: the status date.
SELECT r.component_id,
       sum(round(a.probability * a.impact, 4)) FILTER (WHERE a.is_open) AS exposure,
       count(*) FILTER (
           WHERE a.is_open AND r.response = 'none' AND a.likelihood * a.severity >= 17
       ) AS extreme
FROM scope
JOIN core_risk AS r ON r.component_id = scope.id
CROSS JOIN LATERAL (
    SELECT a.* FROM core_riskassessment AS a
    WHERE a.risk_id = r.id AND a.date <= %(as_of)s
    ORDER BY a.date DESC, a.id DESC LIMIT 1
) AS a
GROUP BY r.component_id
