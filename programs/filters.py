"""The filters of programs and benefits, for pages and API alike."""

from __future__ import annotations

from django_filters import rest_framework as filters

from ppm.core.filters import RANGE, ComponentFilter, RowFilter, below
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program


class ProgramFilter(ComponentFilter):
    """Filters of programs."""

    class Meta(ComponentFilter.Meta):
        model = Program
        fields = {**ComponentFilter.Meta.fields, "sponsor": ["exact"]}


class BenefitFilter(RowFilter):
    """Filters of benefits."""

    below = below("component")
    name = filters.CharFilter(lookup_expr="icontains", label="A part of the name.")

    class Meta:
        model = Benefit
        fields = {
            "component": ["exact"],
            "owner": ["exact"],
            "category": ["exact"],
            "sign": ["exact"],
            "measure_kind": ["exact"],
            "target_date": RANGE,
        }


class BenefitLinkFilter(RowFilter):
    """Filters of benefit links."""

    below = below("benefit__component")

    class Meta:
        model = BenefitLink
        fields = {"benefit": ["exact"], "project": ["exact"], "mode": ["exact"]}


class BenefitPlanFilter(RowFilter):
    """Filters of planned benefits."""

    below = below("benefit__component")

    class Meta:
        model = BenefitPlan
        fields = {"benefit": ["exact"], "period_end": RANGE}


class BenefitMeasurementFilter(RowFilter):
    """Filters of measured benefits."""

    below = below("benefit__component")

    class Meta:
        model = BenefitMeasurement
        fields = {"benefit": ["exact"], "date": RANGE, "recorded_by": ["exact"]}
