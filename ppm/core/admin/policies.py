"""Health policies: a change is a new version, the old one stays to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, Max, OuterRef
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import HealthPolicy

HOW = (
    "It counts for the component and everything below it, unless a policy stands nearer. Ratios "
    "are fractions: 0.95 is 95 %. A value on a limit has the better colour. Saving adds a version."
)


@admin.register(HealthPolicy)
class HealthPolicyAdmin(ScopedAdmin[HealthPolicy]):
    """Where colours begin, on a component and everything below it."""

    group = "Rules"
    list_display = ("__str__", "rule", "is_in_force", "recorded_at")
    list_filter = ("rule", BelowFilter)
    list_select_related = ("component",)
    search_fields = ("component__code", "component__name")
    ordering = (F("component_id").asc(nulls_first=True), "-version")
    date_hierarchy = "recorded_at"
    readonly_fields = ("version", "recorded_at")
    fieldsets = (
        (None, {"fields": ("component", "version", "recorded_at"), "description": HOW}),
        (
            "Schedule",
            {
                "fields": (
                    ("schedule_index_green", "schedule_index_amber"),
                    ("slip_green", "slip_amber"),
                    ("milestone_slip_green_days", "milestone_slip_amber_days"),
                )
            },
        ),
        (
            "Cost, scope and risk",
            {
                "fields": (
                    ("cost_green", "cost_amber"),
                    ("scope_green", "scope_amber"),
                    ("risk_green", "risk_amber"),
                    ("contingency_green", "contingency_amber"),
                    "half_life_days",
                )
            },
        ),
        (
            "Benefits",
            {
                "fields": (
                    ("benefits_green", "benefits_amber"),
                    ("pull_red_share", "pull_amber_share"),
                    ("confidence_green", "confidence_amber", "confidence_red"),
                    ("confidence_unknown", "confidence_on_hold"),
                )
            },
        ),
        (
            "Portfolios",
            {
                "fields": (
                    "rule",
                    ("index_green", "index_amber"),
                    ("count_green", "count_amber"),
                    "coverage_min",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Tell of each version whether it is the newest of its component."""
        owner = Coalesce("component_id", 0)
        newer = HealthPolicy.objects.annotate(owner=owner).filter(
            owner=OuterRef("owner"), version__gt=OuterRef("version")
        )
        return super().get_queryset(request).annotate(owner=owner).annotate(is_old=Exists(newer))

    @admin.display(description="In force", boolean=True)
    def is_in_force(self, row: HealthPolicy) -> bool:
        """Tell whether it is the newest version."""
        return not row.is_old  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: HealthPolicy | None = None) -> bool:
        """Keep older versions as they were."""
        return super().has_change_permission(request, obj) and not getattr(obj, "is_old", False)

    def only_shown(self, obj: HealthPolicy | None) -> tuple[Any, ...]:
        """Keep a policy with its component."""
        return ("component", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: HealthPolicy, form: Any, change: bool) -> None:
        """Add a version, whether it is the first or not; the one that was read stays."""
        versions = HealthPolicy.objects.visible_to(request.user).filter(component=obj.component)
        newest = versions.aggregate(newest=Max("version"))["newest"] or 0
        obj.pk, obj.version = None, newest + 1
        obj._state.adding = True
        super().save_model(request, obj, form, change=False)
