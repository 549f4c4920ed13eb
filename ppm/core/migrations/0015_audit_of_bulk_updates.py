"""Bulk updates are audited with less work."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__)
SQL = HERE.with_suffix(".sql").read_text(encoding="utf-8")
BEFORE = HERE.with_name("0011_audit.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("core", "0014_calls")]

    operations = [
        migrations.RunSQL(SQL, BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    ]
