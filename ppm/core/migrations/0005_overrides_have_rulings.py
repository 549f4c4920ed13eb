"""Approvals that stand on status reports become rulings."""

from django.db import migrations

RULINGS = """
    INSERT INTO core_overrideruling (report_id, date, recorded_at, recorded_by_id, outcome, reason)
    SELECT id, date, recorded_at, approved_by_id, 'approved', ''
    FROM core_statusreport WHERE approved_by_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_decisions")]

    operations = [migrations.RunSQL(RULINGS, migrations.RunSQL.noop)]
