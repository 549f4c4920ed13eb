-- Keep the earlier answers of what was restated, for the date and for the days after it.
--
-- A new row for the date would answer for the following days too. Where these have no row of their
-- own, the earlier answer is written down for the next day.
INSERT INTO core_restatement (component_id, as_of, before, reason, restated_by_id)
SELECT changed.id, %(as_of)s, to_jsonb(b), %(reason)s, %(by)s
FROM unnest(%(changed)s::bigint[]) AS changed (id)
LEFT JOIN answer_before AS b ON b.component_id = changed.id;

UPDATE answer_before
SET id = nextval(pg_get_serial_sequence('core_snapshot', 'id')), as_of = %(as_of)s::date + 1;

INSERT INTO core_snapshot
SELECT * FROM answer_before WHERE component_id = ANY(%(changed)s)
ON CONFLICT (component_id, as_of) DO NOTHING;

DROP TABLE answer_before
