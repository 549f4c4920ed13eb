-- Before a row of a kind's own table is written: is its component of that kind?
IF NOT EXISTS (
    SELECT FROM core_component WHERE id = NEW.component_ptr_id AND kind = '$KIND'
) THEN
    RAISE EXCEPTION 'This component is not a $KIND.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_is_a_$KIND';
END IF;
RETURN NEW;
