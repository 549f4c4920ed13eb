import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0019_jobs"),
        ("portfolios", "0005_webhooks"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="job",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="import_run",
                to="core.job",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="parent_code",
            field=models.CharField(blank=True, default="", max_length=50),
            preserve_default=False,
        ),
    ]
