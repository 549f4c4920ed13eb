import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import ppm.core.models.past


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_statusreport_without_approver"),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthClose",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month_end", models.DateField()),
                (
                    "closed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Move",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField()),
                (
                    "moved_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Restatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateField()),
                ("before", models.JSONField(decoder=ppm.core.models.past.ExactDecoder, null=True)),
                ("reason", models.TextField()),
                (
                    "restated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="component",
            name="paths_follow",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="component",
            name="snapshots_go",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="component",
            trigger=pgtrigger.compiler.Trigger(
                name="paths_follow",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE moved bigint[];",
                    func="-- After a statement that moved components: are there circles, and where does everything stand now?\n--\n-- One statement may move several components, also one below another. So circles are looked for\n-- and paths are made only when all of them have their new parents, and along the parent links:\n-- downwards from the moved components that no other moved one stands above. The moved rows are\n-- found by EXCEPT, not by a join: its plan, kept from a statement of one row, would be quadratic\n-- for one of many.\nmoved := ARRAY(\n    SELECT id FROM (\n        SELECT id, parent_id FROM new_rows EXCEPT SELECT id, parent_id FROM old_rows\n    ) AS row\n);\nIF moved = '{}' THEN\n    RETURN NULL;\nEND IF;\n\nIF EXISTS (\n    WITH RECURSIVE above (start, id) AS (\n        SELECT id, parent_id FROM core_component WHERE id = ANY(moved)\n        UNION\n        SELECT above.start, c.parent_id FROM above JOIN core_component AS c ON c.id = above.id\n    )\n    SELECT FROM above WHERE id = start\n) THEN\n    RAISE EXCEPTION 'A component cannot stand below itself.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_has_no_cycle';\nEND IF;\n\n-- A root that moves has given its settings up by now: its old row tells them.\nINSERT INTO core_move (component_id, before_id, after_id, date)\nSELECT was.id, was.parent_id, c.parent_id,\n       CASE WHEN was.parent_id IS NULL\n            THEN coalesce(was.status_date, (now() AT TIME ZONE was.time_zone)::date)\n            ELSE coalesce(root.status_date, (now() AT TIME ZONE root.time_zone)::date) END\nFROM old_rows AS was\nJOIN core_component AS c ON c.id = was.id\nJOIN core_component AS root ON root.id = was.path[1]\nWHERE c.parent_id IS DISTINCT FROM was.parent_id;\n\nWITH RECURSIVE above (start, id) AS (\n    SELECT id, parent_id FROM core_component WHERE id = ANY(moved)\n    UNION\n    SELECT above.start, c.parent_id FROM above JOIN core_component AS c ON c.id = above.id\n), placed (id, path) AS (\n    SELECT c.id, coalesce(p.path, '{}') || c.id\n    FROM core_component AS c LEFT JOIN core_component AS p ON p.id = c.parent_id\n    WHERE c.id = ANY(moved) AND NOT EXISTS (\n        SELECT FROM above WHERE above.start = c.id AND above.id = ANY(moved)\n    )\n    UNION ALL\n    SELECT c.id, placed.path || c.id\n    FROM placed JOIN core_component AS c ON c.parent_id = placed.id\n)\nUPDATE core_component AS c SET path = placed.path\nFROM placed WHERE c.id = placed.id AND c.path <> placed.path;\nRETURN NULL;\n",
                    hash="87d95847064f5d007d02802f93131cbda7ba78b8",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_paths_follow_47546",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="core_component",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="component",
            trigger=pgtrigger.compiler.Trigger(
                name="past_goes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="DELETE FROM core_snapshot WHERE component_id IN (SELECT id FROM old_rows); DELETE FROM core_move WHERE component_id IN (SELECT id FROM old_rows); DELETE FROM core_restatement WHERE component_id IN (SELECT id FROM old_rows); RETURN NULL;",
                    hash="1479ebebb667afd05815910f585f3427fc323199",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_past_goes_0ebf0",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="core_component",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="component",
            trigger=pgtrigger.compiler.Trigger(
                name="month_is_open",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=" IF EXISTS (SELECT FROM new_rows AS n JOIN core_monthclose AS m ON m.root_id = n.id AND m.month_end >= n.status_date) THEN RAISE EXCEPTION 'The month of this status date is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_component_month_is_open'; END IF; RETURN NULL;",
                    hash="dbd545bb9b84ad5ba00a925756e42ba16696506a",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_month_is_open_7be98",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="core_component",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="snapshot",
            trigger=pgtrigger.compiler.Trigger(
                name="month_is_open",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=" IF EXISTS (SELECT FROM new_rows AS n JOIN core_component AS c ON c.id = n.component_id JOIN core_monthclose AS m ON m.root_id = c.path[1] AND m.month_end >= n.as_of WHERE n.as_of <= (SELECT max(month_end) FROM core_monthclose)) THEN RAISE EXCEPTION 'The month of this date is closed: its figures are final.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_snapshot_month_is_open'; END IF; RETURN NULL;",
                    hash="0cd34db22fc688ede61dd93d7938c17f0aa7d7aa",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_month_is_open_bd21c",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="core_snapshot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="snapshot",
            trigger=pgtrigger.compiler.Trigger(
                name="month_stays_open",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=" IF EXISTS (SELECT FROM new_rows AS n JOIN core_component AS c ON c.id = n.component_id JOIN core_monthclose AS m ON m.root_id = c.path[1] AND m.month_end >= n.as_of WHERE n.as_of <= (SELECT max(month_end) FROM core_monthclose)) THEN RAISE EXCEPTION 'The month of this date is closed: its figures are final.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_snapshot_month_is_open'; END IF; RETURN NULL;",
                    hash="7a0aa1ac0fc76a57f0f0fb07f8d1aa0114b0492d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_month_stays_open_75fe5",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="core_snapshot",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="monthclose",
            name="closed_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="monthclose",
            name="root",
            field=models.ForeignKey(
                limit_choices_to={"parent": None},
                on_delete=django.db.models.deletion.CASCADE,
                related_name="month_closes",
                to="core.component",
            ),
        ),
        migrations.AddField(
            model_name="move",
            name="after",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.component",
            ),
        ),
        migrations.AddField(
            model_name="move",
            name="before",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.component",
            ),
        ),
        migrations.AddField(
            model_name="move",
            name="component",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="moves",
                to="core.component",
            ),
        ),
        migrations.AddField(
            model_name="restatement",
            name="component",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="restatements",
                to="core.component",
            ),
        ),
        migrations.AddField(
            model_name="restatement",
            name="restated_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="monthclose",
            constraint=models.UniqueConstraint(
                fields=("root", "month_end"),
                name="core_monthclose_once",
                violation_error_message="This month is closed already.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="monthclose",
            trigger=pgtrigger.compiler.Trigger(
                name="is_a_month_of_a_tree",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=" IF EXISTS (SELECT FROM new_rows AS n JOIN core_component AS c ON c.id = n.root_id WHERE c.parent_id IS NOT NULL OR extract(day FROM n.month_end + 1) <> 1) THEN RAISE EXCEPTION 'Close a whole tree, by the last day of a month.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_monthclose_is_a_month_of_a_tree'; END IF; RETURN NULL;",
                    hash="5aea1b74261eb4d4a6c225fb484f887cee5d1126",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_is_a_month_of_a_tree_a52df",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="core_monthclose",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="monthclose",
            trigger=pgtrigger.compiler.Trigger(
                name="is_over",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM pg_advisory_xact_lock(root_id) FROM new_rows ORDER BY root_id; PERFORM FROM core_component WHERE id IN (SELECT root_id FROM new_rows) ORDER BY id FOR UPDATE; IF EXISTS (SELECT FROM new_rows AS n JOIN core_component AS c ON c.id = n.root_id LEFT JOIN core_dayturn AS turn ON turn.root_id = c.id WHERE n.month_end >= coalesce(c.status_date, turn.as_of, n.month_end)) THEN RAISE EXCEPTION 'A month is closed when the figures of the tree have gone beyond it.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_monthclose_is_over'; END IF; RETURN NULL;",
                    hash="222a0b303cb7928d5a87c86c3a1be050853d3787",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_is_over_7fda3",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="core_monthclose",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="monthclose",
            trigger=pgtrigger.compiler.Trigger(
                name="is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=" IF EXISTS (SELECT FROM new_rows) THEN RAISE EXCEPTION 'A close is not changed: take it back and close again.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_monthclose_is_kept'; END IF; RETURN NULL;",
                    hash="2f93e362713ccc9f80e490b2565afb0034a8570e",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_is_kept_44592",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="core_monthclose",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="monthclose",
            trigger=pgtrigger.compiler.Trigger(
                name="newest_first",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF EXISTS (SELECT FROM old_rows AS o JOIN core_monthclose AS m ON m.root_id = o.root_id AND m.month_end > o.month_end) THEN RAISE EXCEPTION 'Open the newest closed month first.' USING ERRCODE = 'check_violation', CONSTRAINT = 'core_monthclose_newest_first'; END IF; RETURN NULL;",
                    hash="0c8b1cb42b436af3605c9d561ace76907b766984",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_newest_first_b743b",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="core_monthclose",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="restatement",
            index=models.Index(
                models.F("component"),
                models.OrderBy(models.F("as_of"), descending=True),
                name="core_restatement_newest",
            ),
        ),
    ]
