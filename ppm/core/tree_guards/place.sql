-- Before a component is inserted or updated, row by row: does it fit where it is to stand?
--
-- A root that moves under a parent gives its tree settings up; a component that becomes a root
-- inherits those of the tree it leaves. The path of a moved one stays until the statement is
-- through (follow.sql). Nobody else writes path, version and updated_at.
IF TG_OP = 'INSERT' THEN
    PERFORM pg_advisory_xact_lock_shared($STRUCTURE);
ELSIF NEW.kind <> OLD.kind THEN
    RAISE EXCEPTION 'The kind of a component never changes.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_kind_is_kept';
ELSIF NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
    PERFORM pg_advisory_xact_lock(root) FROM (
        SELECT DISTINCT path[1] AS root FROM core_component
        WHERE id = ANY(ARRAY[NEW.id, NEW.parent_id]) ORDER BY 1
    ) AS roots;
    PERFORM pg_advisory_xact_lock($STRUCTURE);
END IF;

SELECT * INTO parent FROM core_component WHERE id = NEW.parent_id;

IF TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
    IF NEW.parent_id IS NOT NULL AND parent.id IS NULL THEN
        RAISE EXCEPTION 'There is no such parent.'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'core_component_parent_exists';
    ELSIF NEW.kind = 'portfolio' AND parent.kind <> 'portfolio' OR parent.kind = 'project' THEN
        RAISE EXCEPTION 'A portfolio stands under portfolios; programs and projects stand under portfolios or programs.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_parent_fits_the_kind';
    END IF;
END IF;

-- Its closes would guard nothing below another root.
IF TG_OP = 'UPDATE' AND NEW.parent_id IS NOT NULL AND OLD.parent_id IS NULL
    AND EXISTS (SELECT FROM core_monthclose AS m WHERE m.root_id = NEW.id)
THEN
    RAISE EXCEPTION 'A tree with closed months cannot become part of another one.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_with_closes_stays_a_root';
END IF;

IF TG_OP = 'INSERT' THEN
    NEW.path := coalesce(parent.path, '{}') || NEW.id;
ELSIF NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
    SELECT * INTO old_root FROM core_component
    WHERE id = (SELECT path[1] FROM core_component WHERE id = OLD.id);
    SELECT * INTO new_root FROM core_component WHERE id = parent.path[1];
    IF NEW.parent_id IS NULL THEN
        NEW.currency := old_root.currency;
        NEW.time_zone := old_root.time_zone;
        NEW.status_date := old_root.status_date;
    ELSIF old_root.currency = '' OR new_root.currency <> old_root.currency THEN
        RAISE EXCEPTION 'A component cannot move into a tree of another currency.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_keeps_its_currency';
    ELSE
        NEW.currency := '';
        NEW.time_zone := '';
        NEW.status_date := NULL;
    END IF;
END IF;

IF NEW.time_zone <> '' AND (TG_OP = 'INSERT' OR NEW.time_zone <> OLD.time_zone)
    AND NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = NEW.time_zone)
THEN
    RAISE EXCEPTION 'There is no such time zone.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_time_zone_is_known';
END IF;

-- Amounts have no currency of their own: another one here would relabel them all.
IF TG_OP = 'UPDATE' AND OLD.parent_id IS NULL AND NEW.parent_id IS NULL
    AND NEW.currency <> OLD.currency AND (
        EXISTS (SELECT FROM core_component AS c WHERE c.parent_id = NEW.id)
        OR EXISTS (SELECT FROM core_costentry AS e WHERE e.component_id = NEW.id)
        OR EXISTS (SELECT FROM core_estimate AS e WHERE e.component_id = NEW.id)
        OR EXISTS (SELECT FROM core_risk AS r WHERE r.component_id = NEW.id)
        OR EXISTS (SELECT FROM core_change AS r WHERE r.component_id = NEW.id)
        OR EXISTS (SELECT FROM programs_benefit AS b WHERE b.component_id = NEW.id)
        OR EXISTS (SELECT FROM portfolios_budgetenvelope AS e WHERE e.portfolio_id = NEW.id)
        OR EXISTS (SELECT FROM projects_baseline AS b WHERE b.project_id = NEW.id)
        OR EXISTS (SELECT FROM projects_task AS t WHERE t.project_id = NEW.id)
        OR EXISTS (SELECT FROM projects_project AS p WHERE p.component_ptr_id = NEW.id
                   AND (p.budget IS NOT NULL OR p.contingency IS NOT NULL))
    )
THEN
    RAISE EXCEPTION 'The currency of a tree that holds something cannot change.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_currency_is_kept';
END IF;

IF TG_OP = 'UPDATE' AND pg_trigger_depth() = 1 THEN
    NEW.path := OLD.path;
    NEW.version := OLD.version + 1;
    NEW.updated_at := statement_timestamp();
END IF;

RETURN NEW;
