"""The shared kernel: tree, access, facts of any component, snapshots."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The app below all others."""

    name = "ppm.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
