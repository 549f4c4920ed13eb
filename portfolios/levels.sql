-- The programs and the portfolios among components and above them, a row a level, the deepest first.
-- ids: the components.
SELECT coalesce(array_agg(c.id) FILTER (WHERE c.kind = 'program'), '{}') AS programs,
       coalesce(array_agg(c.id) FILTER (WHERE c.kind = 'portfolio'), '{}') AS portfolios
FROM (
    SELECT DISTINCT unnest(below.path) AS id FROM core_component AS below
    WHERE below.id = ANY(%(ids)s::bigint[])
) AS concerned
JOIN core_component AS c ON c.id = concerned.id AND c.kind <> 'project'
GROUP BY cardinality(c.path) ORDER BY cardinality(c.path) DESC
