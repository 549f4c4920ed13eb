"""The admin site for governance bodies, at /admin/."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from ppm.core.governance.dashboard import dashboard
from ppm.core.governance.rights import choices_of
from ppm.core.governance.roles import role_matrix
from ppm.core.models import Role

GROUPS = (
    "Decisions",
    "Portfolios",
    "Programs and benefits",
    "Projects",
    "Risks, issues and changes",
    "Money and reports",
    "The past",
    "Rules",
    "People and access",
    "Roll-up",
    "Audit",
)
"""The headings of the first page, in their order."""


class ScopedAutocomplete(AutocompleteJsonView):
    """What a reference may be set to, as one types."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Search among what the user may choose there."""
        if not isinstance(self.source_field, models.ForeignKey):
            raise PermissionDenied
        rows = choices_of(self.source_field, user=self.request.user)
        related = self.model_admin.list_select_related
        rows = rows.select_related(*related) if isinstance(related, tuple) else rows
        rows = rows.order_by(*(self.model_admin.ordering or ("pk",)))
        return self.model_admin.get_search_results(self.request, rows, self.term)[0]

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave it to the choices: their model may have no page for the user."""
        return True

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Tell rows of one name apart by what they belong to."""
        model_admin: Any = self.model_admin
        found = super().serialize_result(obj, to_field_name)
        return {**found, "text": model_admin.described(obj)}


class GovernanceSite(AdminSite):
    """Django's admin with our rule of access, our first page and the product's own sign-in."""

    site_title = "PPM"
    site_header = "PPM Governance"
    index_title = "Governance"
    enable_nav_sidebar = False
    without: ClassVar[tuple[str, ...]] = ("view_on_site",)
    """Addresses of Django's that would tell of rows that the user does not see."""

    def __init__(self, name: str = "admin") -> None:
        """Leave deletion to the models: each has its own, which asks per row."""
        super().__init__(name)
        self.disable_action("delete_selected")

    def get_urls(self) -> list[Any]:
        """List the addresses."""
        kept = [url for url in super().get_urls() if getattr(url, "name", "") not in self.without]
        return [path("roles/", self.admin_view(self.roles), name="roles"), *kept]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send whoever is not signed in to the one page for it; others may not enter."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Send to the one page for it, which counts how often somebody tries."""
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show what waits, what is wrong, and all there is to manage."""
        shown = dashboard(user=request.user, now=timezone.now())
        return super().index(request, {"dashboard": shown, **(extra_context or {})})

    def roles(self, request: HttpRequest) -> TemplateResponse:
        """Show which role sees, changes and gives what."""
        context = {**self.each_context(request), "title": "What each role may"}
        context |= {"roles": Role, "lines": role_matrix()}
        return TemplateResponse(request, "admin/roles.html", context)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Answer what a reference may be set to."""
        return ScopedAutocomplete.as_view(admin_site=self)(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List the models under the headings of our own: apps are how the code is cut."""
        apps = super().get_app_list(request, app_label)
        entries = [model for app in apps for model in app["models"]]
        groups: dict[str, list[Any]] = {name: [] for name in GROUPS}
        for entry in entries:
            groups[self._registry[entry["model"]].group].append(entry)  # type: ignore[attr-defined]
        return [
            {"name": name, "app_label": name, "app_url": "", "models": models}
            for name, models in groups.items()
            if models
        ]
