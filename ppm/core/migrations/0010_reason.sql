-- One of the reasons for a health: a measure that is graded, by how much it is what it is. Null where
-- it is not graded. The colours are those of core_colour.
CREATE OR REPLACE FUNCTION core_reason(
    dimension text, measure text, severity integer,
    value numeric, green numeric, amber numeric, digits integer
) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN severity IS NOT NULL THEN jsonb_build_object(
    'dimension', dimension,
    'measure', measure,
    'value', round(value, digits)::text,
    'threshold', round(CASE severity WHEN 2 THEN amber ELSE green END, digits)::text,
    'health', core_colour(severity)
) END;
