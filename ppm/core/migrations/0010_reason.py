"""One reason for a health, as a function of the database."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql")


class Migration(migrations.Migration):
    """Install `core_reason()`."""

    dependencies = [("core", "0009_closes_are_kept")]

    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), "DROP FUNCTION core_reason")]
