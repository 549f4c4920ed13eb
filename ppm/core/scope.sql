-- The components that a roll-up is about. ids: their ids.
SELECT c.id, c.path, c.kind, c.state, c.start_date, c.finish_date
FROM unnest(%(ids)s::bigint[]) AS wanted (id)
JOIN core_component AS c ON c.id = wanted.id
