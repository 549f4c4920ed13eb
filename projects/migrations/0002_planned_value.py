"""The planned value of a work package, as a function of the database."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql")


class Migration(migrations.Migration):
    """Install `projects_planned_value()`."""

    dependencies = [("projects", "0001_initial")]

    operations = [
        migrations.RunSQL(SQL.read_text(encoding="utf-8"), "DROP FUNCTION projects_planned_value")
    ]
