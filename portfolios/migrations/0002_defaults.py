"""The default health policy and the standard calendar.

Here, in the topmost app, because marking what a calendar touches needs every table.
"""

from django.db import migrations

from ppm.core.defaults import create_defaults


class Migration(migrations.Migration):
    """Create the rows that every installation starts with."""

    dependencies = [("portfolios", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: create_defaults(apps), migrations.RunPython.noop
        )
    ]
