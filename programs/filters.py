"""The filters of programs and benefits, for pages and API alike."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters

from ppm.core.filters import HasFilter, KindFilter, RowFilter, SearchFilter, TruthFilter
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from programs.outlook import homes_by_day


class ProgramFilter(KindFilter):
    """Filters of programs."""

    search = SearchFilter("code", "name", "description", "vision")
    has_benefits = HasFilter(
        field_name="benefits", label="Has benefits", help_text="Whether a benefit stands with it."
    )

    class Meta(KindFilter.Meta):
        model = Program


class ProgramListFilter(ProgramFilter):
    """Filters of the page of programs, which shows what is known today."""

    as_of = None  # type: ignore[assignment]  # so a filter set drops an inherited filter


class OverdueFilter(TruthFilter):
    """Whether a planned period, or the target date, has passed without a measurement."""

    def filter(self, rows: Any, value: bool | None) -> Any:
        """Keep the benefits that are overdue on the status date of their tree, or the others."""
        if value is None:
            return rows
        by_day = homes_by_day(rows, now=timezone.now())
        overdue = (
            rows.filter(component__in=[home.pk for home, _ in homes]).overdue(known.day)
            for known, homes in by_day.items()
        )
        ids = [pk for found in overdue for pk in found.values_list("pk", flat=True)]
        return rows.filter(pk__in=ids) if value else rows.exclude(pk__in=ids)


class BenefitFilter(RowFilter):
    """Filters of benefits."""

    search = SearchFilter("name", "description", "measure")
    name = filters.CharFilter(
        lookup_expr="icontains", label="Name", help_text="Name: a part of it."
    )
    unit = filters.CharFilter(label="Unit", help_text="Unit: exactly this.")
    has_plan = HasFilter(
        field_name="plan", label="Has a plan", help_text="Whether values are planned for it."
    )
    has_links = HasFilter(
        field_name="links", label="Has projects", help_text="Whether projects deliver it."
    )
    has_measurements = HasFilter(
        field_name="measurements", label="Measured", help_text="Whether it was ever measured."
    )
    is_overdue = OverdueFilter(
        label="Measurement overdue",
        help_text="Whether a planned period, or the target date, passed without a measurement.",
    )

    class Meta:
        model = Benefit


class BenefitLinkFilter(RowFilter):
    """Filters of benefit links. Below a component stands the benefit."""

    class Meta:
        model = BenefitLink


class BenefitPlanFilter(RowFilter):
    """Filters of planned benefits."""

    class Meta:
        model = BenefitPlan


class BenefitMeasurementFilter(RowFilter):
    """Filters of measured benefits."""

    search = SearchFilter("evidence")

    class Meta:
        model = BenefitMeasurement
