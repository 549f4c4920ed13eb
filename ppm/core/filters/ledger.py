"""The filters of costs, estimates and status reports."""

from __future__ import annotations

from django_filters import rest_framework as filters

from ppm.core.filters.kinds import (
    ChoicesFilter,
    DayFilter,
    HasFilter,
    SearchFilter,
    TruthFilter,
)
from ppm.core.filters.rows import RowFilter
from ppm.core.models import CostEntry, Estimate, Outcome, StatusReport


class CostEntryFilter(RowFilter):
    """Filters of costs."""

    search = SearchFilter("category", "description")
    category = filters.CharFilter(label="Category", help_text="Category: exactly this.")
    task__wbs = filters.CharFilter(label="Task (WBS)", help_text="Task: by its WBS number.")

    class Meta:
        model = CostEntry


class EstimateFilter(RowFilter):
    """Filters of estimates."""

    search = SearchFilter("note")

    class Meta:
        model = Estimate


class StatusReportFilter(RowFilter):
    """Filters of status reports."""

    search = SearchFilter("narrative", "override_reason")
    is_override = TruthFilter(
        field_name="valid_until",
        lookup_expr="isnull",
        exclude=True,
        label="Overrides the computed health",
        help_text="Whether the report is to count instead of the computed health.",
    )
    has_ruling = HasFilter(
        field_name="ruling",
        label="Override was ruled on",
        help_text="Whether somebody else has approved or refused the override.",
    )
    ruling__outcome = ChoicesFilter(
        choices=Outcome.choices,
        label="Ruling",
        help_text="What was ruled of the override: one of these.",
    )
    valid_until = DayFilter(
        label="Override ends on", help_text="Last day of an override: on this date."
    )
    valid_until__gte = DayFilter(
        field_name="valid_until",
        lookup_expr="gte",
        label="Override ends on or after",
        help_text="Last day of an override: on this date or later.",
    )
    valid_until__lte = DayFilter(
        field_name="valid_until",
        lookup_expr="lte",
        label="Override ends on or before",
        help_text="Last day of an override: on this date or earlier.",
    )

    class Meta:
        model = StatusReport
        exclude = ("valid_until__isnull",)
