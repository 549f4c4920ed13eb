import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_heartbeat"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="component",
            name="place",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="component",
            name="month_is_open",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="component",
            trigger=pgtrigger.compiler.Trigger(
                name="place",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE parent core_component; old_root core_component; new_root core_component;",
                    func="-- Before a component is inserted or updated, row by row: does it fit where it is to stand?\n--\n-- A root that moves under a parent gives its tree settings up; a component that becomes a root\n-- inherits those of the tree it leaves. The path of a moved one stays until the statement is\n-- through (follow.sql). Nobody else writes path, version and updated_at.\nIF TG_OP = 'INSERT' THEN\n    PERFORM pg_advisory_xact_lock_shared(-1);\nELSIF NEW.kind <> OLD.kind THEN\n    RAISE EXCEPTION 'The kind of a component never changes.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_kind_is_kept';\nELSIF NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN\n    PERFORM pg_advisory_xact_lock(root) FROM (\n        SELECT DISTINCT path[1] AS root FROM core_component\n        WHERE id = ANY(ARRAY[NEW.id, NEW.parent_id]) ORDER BY 1\n    ) AS roots;\n    PERFORM pg_advisory_xact_lock(-1);\nEND IF;\n\nSELECT * INTO parent FROM core_component WHERE id = NEW.parent_id;\n\nIF TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN\n    IF NEW.parent_id IS NOT NULL AND parent.id IS NULL THEN\n        RAISE EXCEPTION 'There is no such parent.'\n            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'core_component_parent_exists';\n    ELSIF NEW.kind = 'portfolio' AND parent.kind <> 'portfolio' OR parent.kind = 'project' THEN\n        RAISE EXCEPTION 'A portfolio stands under portfolios; programs and projects stand under portfolios or programs.'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_parent_fits_the_kind';\n    END IF;\nEND IF;\n\n-- Its closes would guard nothing below another root.\nIF TG_OP = 'UPDATE' AND NEW.parent_id IS NOT NULL AND OLD.parent_id IS NULL\n    AND EXISTS (SELECT FROM core_monthclose AS m WHERE m.root_id = NEW.id)\nTHEN\n    RAISE EXCEPTION 'A tree with closed months cannot become part of another one.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_with_closes_stays_a_root';\nEND IF;\n\nIF TG_OP = 'INSERT' THEN\n    NEW.path := coalesce(parent.path, '{}') || NEW.id;\nELSIF NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN\n    SELECT * INTO old_root FROM core_component\n    WHERE id = (SELECT path[1] FROM core_component WHERE id = OLD.id);\n    SELECT * INTO new_root FROM core_component WHERE id = parent.path[1];\n    IF NEW.parent_id IS NULL THEN\n        NEW.currency := old_root.currency;\n        NEW.time_zone := old_root.time_zone;\n        NEW.status_date := old_root.status_date;\n    ELSIF old_root.currency = '' OR new_root.currency <> old_root.currency THEN\n        RAISE EXCEPTION 'A component cannot move into a tree of another currency.'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_keeps_its_currency';\n    ELSE\n        NEW.currency := '';\n        NEW.time_zone := '';\n        NEW.status_date := NULL;\n    END IF;\nEND IF;\n\nIF NEW.time_zone <> '' AND (TG_OP = 'INSERT' OR NEW.time_zone <> OLD.time_zone)\n    AND NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = NEW.time_zone)\nTHEN\n    RAISE EXCEPTION 'There is no such time zone.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_time_zone_is_known';\nEND IF;\n\n-- Amounts have no currency of their own: another one here would relabel them all.\nIF TG_OP = 'UPDATE' AND OLD.parent_id IS NULL AND NEW.parent_id IS NULL\n    AND NEW.currency <> OLD.currency AND (\n        EXISTS (SELECT FROM core_component AS c WHERE c.parent_id = NEW.id)\n        OR EXISTS (SELECT FROM core_costentry AS e WHERE e.component_id = NEW.id)\n        OR EXISTS (SELECT FROM core_estimate AS e WHERE e.component_id = NEW.id)\n        OR EXISTS (SELECT FROM core_risk AS r WHERE r.component_id = NEW.id)\n        OR EXISTS (SELECT FROM core_change AS r WHERE r.component_id = NEW.id)\n        OR EXISTS (SELECT FROM programs_benefit AS b WHERE b.component_id = NEW.id)\n        OR EXISTS (SELECT FROM portfolios_budgetenvelope AS e WHERE e.portfolio_id = NEW.id)\n        OR EXISTS (SELECT FROM projects_baseline AS b WHERE b.project_id = NEW.id)\n        OR EXISTS (SELECT FROM projects_task AS t WHERE t.project_id = NEW.id)\n        OR EXISTS (SELECT FROM projects_project AS p WHERE p.component_ptr_id = NEW.id\n                   AND (p.budget IS NOT NULL OR p.contingency IS NOT NULL))\n    )\nTHEN\n    RAISE EXCEPTION 'The currency of a tree that holds something cannot change.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_currency_is_kept';\nEND IF;\n\nIF TG_OP = 'UPDATE' AND pg_trigger_depth() = 1 THEN\n    NEW.path := OLD.path;\n    NEW.version := OLD.version + 1;\n    NEW.updated_at := statement_timestamp();\nEND IF;\n\nRETURN NEW;\n",
                    hash="d0997a5fa9c70b1e8860ae0b24669d5b86eeec49",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_place_cb748",
                    table="core_component",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="component",
            trigger=pgtrigger.compiler.Trigger(
                name="month_is_open",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=" IF EXISTS (SELECT FROM new_rows AS n JOIN core_monthclose AS m ON m.root_id = n.id WHERE n.time_zone <> '' AND m.month_end >= coalesce(n.status_date, (now() AT TIME ZONE n.time_zone)::date)) THEN RAISE EXCEPTION 'The month of this status date is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_month_is_open'; END IF; RETURN NULL;",
                    hash="40c7d7c699d40b7d3c5d4abd8c4d8eb05e60e2ea",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_month_is_open_7be98",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="core_component",
                    when="AFTER",
                ),
            ),
        ),
    ]
