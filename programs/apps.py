"""The programs app."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    """Its place in the hierarchy is fixed by the import contracts."""

    name = "programs"
    default_auto_field = "django.db.models.BigAutoField"
