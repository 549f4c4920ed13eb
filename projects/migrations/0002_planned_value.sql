-- The planned value of a work package once `elapsed` working minutes of its baseline have gone by.
--
-- Installed as a function by the migration, because both the frozen curve and the measurement
-- need it. `due` of `weight`: what its weighted milestones should have accomplished by then. The
-- value is rounded half-up to 4 decimals. The same in Python: projects/evm/value.py.
CREATE OR REPLACE FUNCTION projects_planned_value(
    method text, budget numeric, elapsed bigint, start_elapsed bigint, finish_elapsed bigint,
    due numeric, weight numeric
) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN method = 'weighted_milestones'
        THEN coalesce(round(budget * due * 1.000000000000 / nullif(weight, 0), 4), 0)
    WHEN elapsed >= finish_elapsed THEN budget
    WHEN elapsed <= start_elapsed OR method = 'zero_hundred' THEN 0
    WHEN method = 'fifty_fifty' THEN round(budget / 2.0000, 4)
    ELSE round(
        budget * 1.000000000000 * (elapsed - start_elapsed) / (finish_elapsed - start_elapsed), 4
    )
END;
