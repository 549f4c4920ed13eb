"""Costs, estimates and status reports."""

from __future__ import annotations

from django.contrib import admin

from ppm.core.governance.columns import Amount
from ppm.core.governance.facts import FactAdmin
from ppm.core.governance.filters import BelowFilter
from ppm.core.models import CostEntry, Estimate

GROUP = "Money and reports"


@admin.register(CostEntry)
class CostEntryAdmin(FactAdmin[CostEntry]):
    """Money spent or promised; a wrong entry is corrected by one of the opposite sign."""

    group = GROUP
    fields = ("component", "task", "date", "amount", "kind", "expense", "category", "description")
    list_display = (
        *("date", "component", Amount("amount"), "kind", "expense", "category", "recorded_by"),
    )
    list_filter = ("kind", "expense", BelowFilter)
    list_select_related = ("component", "recorded_by")
    search_fields = ("component__code", "component__name", "category", "description")


@admin.register(Estimate)
class EstimateAdmin(FactAdmin[Estimate]):
    """What managers expect still to spend, and when to finish."""

    group = GROUP
    fields = ("component", "date", "estimate_to_complete", "forecast_finish", "note")
    list_display = (
        "date",
        "component",
        Amount("estimate_to_complete"),
        "forecast_finish",
        "recorded_by",
    )
    list_filter = (BelowFilter,)
    list_select_related = ("component", "recorded_by")
    search_fields = ("component__code", "component__name", "note")
