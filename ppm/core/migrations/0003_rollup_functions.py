"""The small functions of the roll-up's statements."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql")


class Migration(migrations.Migration):
    """Install them; the file beside this one says what they do."""

    dependencies = [("core", "0002_facts_of_tasks")]

    operations = [
        migrations.RunSQL(
            SQL.read_text(encoding="utf-8"),
            "DROP AGGREGATE core_product(numeric); "
            "DROP FUNCTION core_band, core_colour, core_severity, core_total",
        )
    ]
