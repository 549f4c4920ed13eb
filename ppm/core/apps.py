"""The shared kernel: tree, access, facts of any component, snapshots."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class CoreConfig(AppConfig):
    """The app below all others."""

    name = "ppm.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"


class GovernanceConfig(admin_apps.AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default = False
    default_site = "ppm.core.governance.site.GovernanceSite"
