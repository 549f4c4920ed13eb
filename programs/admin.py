"""Programs and benefits in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from ppm.core.governance.columns import Amount
from ppm.core.governance.components import KindAdmin
from ppm.core.governance.facts import FactAdmin
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.parts import FactParts, Parts
from ppm.core.governance.scoped import ScopedAdmin
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program

GROUP = "Programs and benefits"


@admin.register(Program)
class ProgramAdmin(KindAdmin[Program]):
    """Programs."""

    group = GROUP
    own_fields = ("sponsor", "vision")


class PlannedValues(Parts[BenefitPlan]):
    """What is planned to come, by period."""

    model = BenefitPlan
    fields = ("period_end", "value")
    ordering = ("period_end",)


class Measurements(FactParts[BenefitMeasurement]):
    """What was measured."""

    model = BenefitMeasurement
    fields = ("date", "value", "evidence")


@admin.register(Benefit)
class BenefitAdmin(ScopedAdmin[Benefit]):
    """What programs and portfolios exist to deliver."""

    group = GROUP
    list_display = (
        "name",
        "component",
        "category",
        Amount("target_value"),
        "unit",
        "target_date",
    )
    list_filter = ("category", "sign", "measure_kind", BelowFilter)
    list_select_related = ("component",)
    search_fields = ("name", "component__code", "component__name")
    date_hierarchy = "target_date"
    ordering = ("name",)
    inlines = (PlannedValues, Measurements)
    fieldsets = (
        (None, {"fields": ("component", "name", "description", "owner")}),
        (
            "How it is measured",
            {
                "fields": (
                    ("category", "sign"),
                    ("measure_kind", "direction"),
                    "measure",
                    ("unit", "unit_value"),
                )
            },
        ),
        (
            "From what to what",
            {"fields": (("baseline_value", "baseline_date"), ("target_value", "target_date"))},
        ),
    )

    def only_shown(self, obj: Any) -> tuple[str, ...]:
        """Keep a benefit at its home."""
        return ("component",) if obj else ()

    def described(self, row: Benefit) -> str:
        """Name the home too: benefits of one name are told apart by it."""
        return f"{row.name} ({row.component.code})"


@admin.register(BenefitLink)
class BenefitLinkAdmin(ScopedAdmin[BenefitLink]):
    """Which projects deliver which benefits; a project may stand in any program or tree."""

    group = GROUP
    foreign = ("project",)
    fields = ("benefit", "project", "mode", "weight", "delivery_confidence")
    list_display = ("benefit", "project", "mode", "weight", "delivery_confidence")
    sortable_by = ("mode", "weight", "delivery_confidence")
    list_filter = ("mode", BelowFilter)
    list_select_related = ("benefit", "project")
    search_fields = ("benefit__name",)
    ordering = ("benefit__name", "pk")


@admin.register(BenefitPlan)
class BenefitPlanAdmin(ScopedAdmin[BenefitPlan]):
    """What is planned to come, by period."""

    group = GROUP
    fields = ("benefit", "period_end", "value")
    list_display = ("period_end", "benefit", Amount("value"))
    list_filter = (BelowFilter,)
    list_select_related = ("benefit",)
    search_fields = ("benefit__name",)
    date_hierarchy = "period_end"
    ordering = ("-period_end", "pk")


@admin.register(BenefitMeasurement)
class BenefitMeasurementAdmin(FactAdmin[BenefitMeasurement]):
    """What was measured."""

    group = GROUP
    fields = ("benefit", *Measurements.fields)
    list_display = ("date", "benefit", Amount("value"), "evidence", "recorded_by")
    list_filter = (BelowFilter,)
    list_select_related = ("benefit", "recorded_by")
    search_fields = ("benefit__name", "evidence")
