"""The projects app."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Its place in the hierarchy is fixed by the import contracts."""

    name = "projects"
    default_auto_field = "django.db.models.BigAutoField"
