"""The shared kernel: tree, access, facts of any component, snapshots."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    """The app below all others."""

    name = "ppm.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the tables audited, and every connection say who acts."""
        from ppm.core.auditing.acting import tell_who_acts
        from ppm.core.auditing.triggers import install_audit

        connection_created.connect(tell_who_acts)
        post_migrate.connect(install_audit, sender=self)


class GovernanceConfig(admin_apps.AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default = False
    default_site = "ppm.core.governance.site.GovernanceSite"
