"""The portfolios app."""

from django.apps import AppConfig


class PortfoliosConfig(AppConfig):
    """Its place in the hierarchy is fixed by the import contracts."""

    name = "portfolios"
    default_auto_field = "django.db.models.BigAutoField"
