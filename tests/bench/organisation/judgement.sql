-- What people of the made-up organisation say about it: benefits with links, plan and
-- measurements, estimates, risks, issues, changes, and status reports that override.
--
-- as_of: the status date.
INSERT INTO programs_benefit (
    id, component_id, name, description, category, sign, measure_kind, direction, measure, unit,
    unit_value, target_value
)
SELECT (number - 1) * 2 + nth, id, 'Benefit ' || nth, '',
       CASE nth WHEN 1 THEN 'cashable' ELSE 'non_cashable' END, 'benefit', 'flow', 'higher', '', '',
       1, 4000000 + number %% 100 * 100000
FROM place, generate_series(1, 2) AS nth
WHERE kind = 'program';

INSERT INTO programs_benefitlink (benefit_id, project_id, mode, weight)
SELECT b.id, project.id, CASE WHEN nth = 0 THEN 'essential' ELSE 'additive' END,
       CASE WHEN nth > 0 THEN nth END
FROM programs_benefit AS b
JOIN place AS home ON home.id = b.component_id
CROSS JOIN generate_series(0, 3) AS nth
JOIN place AS project
  ON project.kind = 'project' AND project.number = (home.number - 1) * 50 + b.id %% 2 * 4 + nth + 1
ORDER BY b.id, nth;

INSERT INTO programs_benefitplan (benefit_id, period_end, value)
SELECT b.id, %(as_of)s::date - 270 + 90 * quarter, b.target_value / 8
FROM programs_benefit AS b, generate_series(0, 7) AS quarter
ORDER BY b.id, quarter;

INSERT INTO programs_benefitmeasurement (benefit_id, date, value, evidence)
SELECT b.id, %(as_of)s::date - 270 + 90 * quarter, b.target_value / 8 * (0.6 + b.id %% 5 * 0.1), ''
FROM programs_benefit AS b, generate_series(0, 3) AS quarter
ORDER BY b.id, quarter;

INSERT INTO core_estimate (component_id, date, estimate_to_complete, forecast_finish, note)
SELECT c.id, %(as_of)s::date - (number %% 60)::int, 10000 + number %% 90 * 1000,
       greatest(c.finish_date, %(as_of)s) + (number %% 45)::int, ''
FROM place JOIN core_component AS c USING (id)
WHERE place.kind = 'project' AND number %% 4 = 0
ORDER BY c.id;

INSERT INTO core_risk (component_id, title, description, response)
SELECT id, 'Risk', '', CASE WHEN number %% 7 = 0 THEN 'none' ELSE 'mitigate' END
FROM place WHERE kind = 'program' OR (kind = 'project' AND number %% 5 = 0)
ORDER BY id;

INSERT INTO core_riskassessment (risk_id, date, probability, impact, likelihood, severity, is_open)
SELECT id, %(as_of)s::date - 60 + 30 * nth, 0.1 + id %% 8 * 0.1, 1000 + id %% 50 * 1000,
       1 + id %% 5, 1 + id %% 5, TRUE
FROM core_risk, generate_series(0, 1) AS nth
ORDER BY id, nth;

INSERT INTO core_issue (component_id, title, description)
SELECT id, 'Issue', '' FROM place WHERE kind = 'project' AND number %% 8 = 0 ORDER BY id;

INSERT INTO core_issueassessment (issue_id, date, severity, due_date, is_open)
SELECT id, %(as_of)s::date - 40,
       (ARRAY['critical', 'major', 'minor'])[1 + id %% 3], %(as_of)s::date - 20 + (id %% 30)::int, TRUE
FROM core_issue ORDER BY id;

INSERT INTO core_change (component_id, title, description)
SELECT id, 'Change', '' FROM place WHERE kind = 'project' AND number %% 6 = 0 ORDER BY id;

INSERT INTO core_changeassessment
    (change_id, date, status, cost_effect, days_effect, drops_requirement)
SELECT id, %(as_of)s::date - 50, (ARRAY['draft', 'submitted', 'approved'])[1 + id %% 3],
       id %% 40 * 1000, 5, id %% 50 = 0
FROM core_change ORDER BY id;

INSERT INTO core_statusreport
    (component_id, date, health, narrative, override_reason, valid_until)
SELECT id, %(as_of)s::date - 3, 'red', '', 'The supplier has gone out of business.', %(as_of)s::date + 20
FROM place WHERE kind = 'project' AND number %% 40 = 0 ORDER BY id;

-- All this has changed.
INSERT INTO core_dirtymark (component_id) SELECT id FROM place;

DROP TABLE place, package;
