"""The filters of lists, for pages and API alike.

A filter narrows rows that are scoped already. One that names something invisible finds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from django import forms
from django.db import models
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone
from django_filters import rest_framework as filters
from django_filters.utils import get_model_field

from ppm.core.models import (
    Change,
    ChangeAssessment,
    Component,
    CostEntry,
    Estimate,
    Health,
    Issue,
    IssueAssessment,
    Kind,
    Risk,
    RiskAssessment,
    ScopedQuerySet,
    Snapshot,
    State,
    StatusReport,
    User,
)

ISO = ["%Y-%m-%d"]
RANGE = ["exact", "gte", "lte"]


class IdFilter(filters.Filter):
    """The id of a row that is referred to; of one that the user does not see, nothing is found."""

    field_class = forms.IntegerField

    def filter(self, rows: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        """Keep the rows that refer to the visible one."""
        referred = get_model_field(self.model, self.field_name).related_model.objects.all()
        if value is None or not isinstance(referred, ScopedQuerySet):
            found: QuerySet[Any] = super().filter(rows, value)
            return found
        visible = referred.visible_to(self.parent.request.user).filter(pk=value)
        return rows.filter(**{f"{self.field_name}__in": visible})


class DayFilter(filters.DateFilter):
    """A date, written as 2026-01-31."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Accept ISO dates only: 01/02/2026 has two meanings."""
        super().__init__(*args, **{**options, "input_formats": ISO})


class BelowFilter(IdFilter):
    """What belongs to anything below a component, or also to itself where `inclusive`.

    `field_name` leads from the row to its component.
    """

    def __init__(self, *args: Any, inclusive: bool = True, **options: Any) -> None:
        """Keep whether the component counts too."""
        self.inclusive = inclusive
        super().__init__(*args, **options)

    def filter(self, rows: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        """Keep the rows of a part of the tree."""
        if value is None:
            return rows
        visible = Component.objects.visible_to(self.parent.request.user)
        component = visible.filter(pk=value).first()
        if component is None:
            return rows.none()
        inside = Q(**{f"{self.field_name}__in": Component.objects.below(component)})
        if self.inclusive:
            inside |= Q(**{self.field_name: component.pk})
        found: QuerySet[Any] = rows.filter(inside)
        return found


class RowFilter(filters.FilterSet):
    """Filters where a reference is an id and a date is an ISO date."""

    FILTER_DEFAULTS = {
        **filters.FilterSet.FILTER_DEFAULTS,
        models.DateField: {"filter_class": DayFilter},
        models.ForeignKey: {"filter_class": IdFilter},
    }


def below(component: str) -> BelowFilter:
    """Filter by the component, or anything above it, to which the lookup leads."""
    label = "The id of a component: what belongs to it or to anything below it."
    return BelowFilter(field_name=component, label=label)


class ComponentFilter(RowFilter):
    """Filters of components of any kind."""

    name = filters.CharFilter(lookup_expr="icontains", label="A part of the name.")
    kind = filters.MultipleChoiceFilter(choices=Kind.choices)
    state = filters.MultipleChoiceFilter(choices=State.choices)
    health = filters.MultipleChoiceFilter(choices=Health.choices, method="rated")
    root = BelowFilter(field_name="id", label="The root of the tree.")
    below = BelowFilter(
        field_name="id", inclusive=False, label="The id of a component: what is below it."
    )
    is_root = filters.BooleanFilter(field_name="parent", lookup_expr="isnull")
    as_of = DayFilter(method="on", label="Answer with the figures as they stood on this date.")

    class Meta:
        model = Component
        fields = {
            "code": ["exact"],
            "parent": ["exact"],
            "manager": ["exact"],
            "start_date": RANGE,
            "finish_date": RANGE,
        }

    def on(self, components: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        """Keep all: the date chooses their figures, not the components."""
        return components

    def rated(self, components: Any, name: str, value: list[str]) -> Any:
        """Keep the components whose newest snapshot has one of the healths."""
        if not value:
            return components
        as_of = self.form.cleaned_data.get("as_of")
        condition = Q(current_health__in=value)
        if Health.UNKNOWN in value:
            condition |= Q(current_health=None)
        return with_health(components, as_of=as_of, now=timezone.now()).filter(condition)


def with_health(components: Any, *, as_of: date | None, now: datetime) -> Any:
    """Annotate `current_health`: on the date, else on the status date of each tree.

    Null before the first snapshot.
    """
    trees: dict[date, list[int]] = defaultdict(list)
    for root in Component.objects.roots() if as_of is None else ():
        trees[root.status_on(now)].append(root.pk)
    day = Case(
        *[When(path__0__in=roots, then=Value(day)) for day, roots in trees.items()],
        default=Value(as_of),
        output_field=models.DateField(),
    )
    newest = Snapshot.objects.filter(
        component_id=OuterRef("pk"), as_of__lte=OuterRef("status_day")
    ).order_by("-as_of")
    return components.annotate(status_day=day).annotate(
        current_health=Subquery(newest.values("health")[:1])
    )


class SnapshotFilter(RowFilter):
    """Filters of snapshots."""

    below = below("component")
    as_of = DayFilter(method="on", label="Each component's answer for this date.")
    health = filters.MultipleChoiceFilter(choices=Health.choices)
    as_of__gte = DayFilter(field_name="as_of", lookup_expr="gte")
    as_of__lte = DayFilter(field_name="as_of", lookup_expr="lte")

    class Meta:
        model = Snapshot
        fields = {"component": ["exact"], "degraded": ["exact"]}

    def on(self, snapshots: Any, name: str, value: date) -> Any:
        """Keep the newest snapshot of each component that is not later."""
        return snapshots.newest_on(value)


class CostEntryFilter(RowFilter):
    """Filters of costs."""

    below = below("component")

    class Meta:
        model = CostEntry
        fields = {
            "component": ["exact"],
            "task": ["exact"],
            "date": RANGE,
            "kind": ["exact"],
            "expense": ["exact"],
            "category": ["exact"],
            "amount": ["gte", "lte"],
            "recorded_by": ["exact"],
        }


class EstimateFilter(RowFilter):
    """Filters of estimates."""

    below = below("component")

    class Meta:
        model = Estimate
        fields = {
            "component": ["exact"],
            "date": RANGE,
            "forecast_finish": RANGE,
            "recorded_by": ["exact"],
        }


class StatusReportFilter(RowFilter):
    """Filters of status reports."""

    below = below("component")
    is_override = filters.BooleanFilter(
        field_name="valid_until", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = StatusReport
        fields = {
            "component": ["exact"],
            "date": RANGE,
            "health": ["exact"],
            "recorded_by": ["exact"],
        }


class RiskFilter(RowFilter):
    """Filters of risks."""

    below = below("component")
    title = filters.CharFilter(lookup_expr="icontains", label="A part of the title.")

    class Meta:
        model = Risk
        fields = {"component": ["exact"], "owner": ["exact"], "response": ["exact"]}


class IssueFilter(RowFilter):
    """Filters of issues."""

    below = below("component")
    title = filters.CharFilter(lookup_expr="icontains", label="A part of the title.")

    class Meta:
        model = Issue
        fields = {"component": ["exact"], "owner": ["exact"]}


class ChangeFilter(RowFilter):
    """Filters of changes."""

    below = below("component")
    title = filters.CharFilter(lookup_expr="icontains", label="A part of the title.")

    class Meta:
        model = Change
        fields = {"component": ["exact"], "owner": ["exact"]}


class RiskAssessmentFilter(RowFilter):
    """Filters of the assessments of risks."""

    below = below("risk__component")

    class Meta:
        model = RiskAssessment
        fields = {
            "risk": ["exact"],
            "date": RANGE,
            "probability": ["gte", "lte"],
            "impact": ["gte", "lte"],
            "is_open": ["exact"],
        }


class IssueAssessmentFilter(RowFilter):
    """Filters of the assessments of issues."""

    below = below("issue__component")

    class Meta:
        model = IssueAssessment
        fields = {
            "issue": ["exact"],
            "date": RANGE,
            "due_date": RANGE,
            "severity": ["exact"],
            "is_open": ["exact"],
        }


class ChangeAssessmentFilter(RowFilter):
    """Filters of the assessments of changes."""

    below = below("change__component")

    class Meta:
        model = ChangeAssessment
        fields = {"change": ["exact"], "date": RANGE, "status": ["exact"]}


class UserFilter(filters.FilterSet):
    """Filters of people."""

    class Meta:
        model = User
        fields = {"username": ["exact"]}
