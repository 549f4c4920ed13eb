from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0005_overrides_have_rulings")]

    operations = [
        migrations.RemoveConstraint(
            model_name="statusreport",
            name="core_statusreport_override_has_reason_and_end",
        ),
        migrations.RemoveConstraint(
            model_name="statusreport",
            name="core_statusreport_override_is_approved_by_another",
        ),
        migrations.RemoveField(
            model_name="statusreport",
            name="approved_by",
        ),
        migrations.AddConstraint(
            model_name="statusreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("override_reason", ""), ("valid_until__isnull", True)),
                    models.Q(
                        models.Q(("health", ""), _negated=True),
                        ("override_reason__length__gte", 30),
                        ("valid_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="core_statusreport_override_has_reason_and_end",
                violation_error_message="An override needs a health, a reason of at least 30 characters and a last day.",
            ),
        ),
    ]
