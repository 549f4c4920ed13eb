"""The filters of programs and benefits, for pages and API alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django_filters import rest_framework as filters

from ppm.core.filters import (
    RANGE,
    BelowFilter,
    ComponentFilter,
    DayFilter,
    IdFilter,
    RowFilter,
    below,
)
from ppm.core.forms import DayInput
from ppm.core.models import Component, Kind
from ppm.core.outline import indented
from ppm.core.people import people_near
from programs.models import (
    Benefit,
    BenefitCategory,
    BenefitLink,
    BenefitMeasurement,
    BenefitPlan,
    Program,
)
from programs.outlook import homes_by_date


class ProgramFilter(ComponentFilter):
    """Filters of programs."""

    class Meta(ComponentFilter.Meta):
        model = Program
        fields = {**ComponentFilter.Meta.fields, "sponsor": ["exact"]}


class OverdueFilter(filters.BooleanFilter):
    """Whether a planned period, or the target date, has passed without a measurement."""

    def filter(self, rows: Any, value: bool | None) -> Any:
        """Keep the benefits that are overdue on the status date of their tree, or the others."""
        if value is None:
            return rows
        by_date = homes_by_date(rows, now=timezone.now())
        overdue = (
            Benefit.objects.filter(component__in=[home.pk for home, _ in homes]).overdue(as_of)
            for as_of, homes in by_date.items()
        )
        ids = [pk for found in overdue for pk in found.values_list("pk", flat=True)]
        return rows.filter(pk__in=ids) if value else rows.exclude(pk__in=ids)


class OfferingFilter(IdFilter):
    """An id that is chosen from a list on pages."""

    @property
    def field(self) -> forms.Field:
        """Build the field, for the user at hand."""
        if not hasattr(self, "_field"):
            self.extra["widget"] = forms.Select(choices=self.offered())
        field: forms.Field = super().field
        return field

    def offered(self) -> list[tuple[object, str]]:
        """List what there is to choose from."""
        raise NotImplementedError


class PersonFilter(OfferingFilter):
    """A person of those whom the user gets to see."""

    def offered(self) -> list[tuple[object, str]]:
        """List them by name."""
        people = people_near(self.parent.request.user).order_by("first_name", "last_name", "pk")
        return [("", "Anybody"), *((person.pk, str(person)) for person in people)]


class PlaceFilter(OfferingFilter, BelowFilter):
    """A component of some kinds, of those that the user sees."""

    def __init__(self, *args: Any, kinds: Sequence[Kind], **options: Any) -> None:
        """Keep the kinds."""
        self.kinds = kinds
        super().__init__(*args, **options)

    def offered(self) -> list[tuple[object, str]]:
        """List them as they stand in the tree."""
        visible = Component.objects.visible_to(self.parent.request.user)
        places = visible.filter(kind__in=self.kinds).order_by("path")
        return [("", "Anywhere"), *((place.pk, indented(place)) for place in places)]


class BenefitFilter(RowFilter):
    """Filters of benefits."""

    below = below("component")
    name = filters.CharFilter(lookup_expr="icontains", label="A part of the name.")
    is_overdue = OverdueFilter(label="Whether a measurement is overdue.")

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


class BenefitListFilter(filters.FilterSet):
    """What the page of benefits asks for."""

    name = filters.CharFilter(lookup_expr="icontains", label="Name")
    below = PlaceFilter(field_name="component", kinds=[Kind.PORTFOLIO, Kind.PROGRAM], label="In")
    owner = PersonFilter(field_name="owner", label="Owner")
    category = filters.ChoiceFilter(
        choices=BenefitCategory.choices, label="Counts as", empty_label="Anything"
    )
    target_date__lte = DayFilter(
        field_name="target_date", lookup_expr="lte", label="Target date until", widget=DayInput()
    )
    is_overdue = OverdueFilter(
        label="Measurement overdue",
        widget=forms.Select(choices=[("", "All"), ("true", "Overdue"), ("false", "Not overdue")]),
    )

    class Meta:
        model = Benefit
        fields = ()


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
