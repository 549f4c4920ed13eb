-- Small functions of the roll-up's statements. The ordered part of the health scale: 0 green, 1 amber,
-- 2 red, null for every other value. The same in Python: ppm/core/health_scale.py.
CREATE OR REPLACE FUNCTION core_band(value numeric, green numeric, amber numeric)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value <= green THEN 0 WHEN value <= amber THEN 1 WHEN value > amber THEN 2 END;

CREATE OR REPLACE FUNCTION core_colour(severity integer)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE severity WHEN 0 THEN 'green' WHEN 1 THEN 'amber' WHEN 2 THEN 'red' ELSE 'unknown' END;

CREATE OR REPLACE FUNCTION core_severity(health text)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE health WHEN 'green' THEN 0 WHEN 'amber' THEN 1 WHEN 'red' THEN 2 END;

-- The sum of what is known; null where neither is.
CREATE OR REPLACE FUNCTION core_total(one numeric, other numeric)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN one IS NULL THEN other ELSE one + coalesce(other, 0) END;

CREATE OR REPLACE AGGREGATE core_product(numeric) (
    SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1', PARALLEL = SAFE
);
