"""The filters of the tree: components of any kind, their snapshots, and who holds which role."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from django_filters import rest_framework as filters

from ppm.core.filters.figures import (
    DIMENSIONS,
    NewestFilter,
    figure_filters,
    newest,
    with_day,
)
from ppm.core.filters.kinds import (
    BelowCodeFilter,
    BelowFilter,
    ChoicesFilter,
    DayFilter,
    SearchFilter,
    TruthFilter,
)
from ppm.core.filters.rows import RowFilter
from ppm.core.filters.standing import ParentCodeFilter, ParentFilter, RootFilter
from ppm.core.models import (
    CalendarDay,
    Component,
    Health,
    HealthPolicy,
    RoleAssignment,
    Snapshot,
    User,
    WorkCalendar,
)


class SnapshotFilter(RowFilter):
    """Filters of snapshots."""

    as_of = DayFilter(
        method="on", label="On the date", help_text="Each component's answer for this date."
    )
    as_of__gte = DayFilter(
        field_name="as_of",
        lookup_expr="gte",
        label="As of, on or after",
        help_text="As of: this date or later.",
    )
    as_of__lte = DayFilter(
        field_name="as_of",
        lookup_expr="lte",
        label="As of, on or before",
        help_text="As of: this date or earlier.",
    )

    class Meta:
        model = Snapshot
        fields = ("component", "health", "degraded", "computed_at", "forecast_finish", *DIMENSIONS)

    @classmethod
    def get_filters(cls) -> dict[str, filters.Filter]:
        """Add the limits to figures."""
        return {**super().get_filters(), **figure_filters()}

    def on(self, snapshots: Any, name: str, value: date) -> Any:
        """Keep the newest snapshot of each component that is not later."""
        return snapshots.newest_on(value)


class ComponentFilter(NewestFilter):
    """Filters of components of any kind, also by their figures."""

    CURRENT: ClassVar[tuple[str, ...]] = ("degraded", "forecast_finish", *DIMENSIONS)

    search = SearchFilter("code", "name", "description")
    code = filters.CharFilter(label="Code", help_text="Code: exactly this.")
    name = filters.CharFilter(
        lookup_expr="icontains", label="Name", help_text="Name: a part of it."
    )
    health = ChoicesFilter(
        choices=Health.choices,
        method="rated",
        label="Health",
        help_text="Health: one of these; several by giving the parameter several times.",
    )
    root = BelowFilter(field_name="id", label="Tree", help_text="All of a tree: its root by id.")
    root__code = BelowCodeFilter(
        field_name="id", label="Tree (code)", help_text="All of a tree: its root by code."
    )
    below = BelowFilter(
        field_name="id",
        inclusive=False,
        label="Below",
        help_text="What is below a component, without itself: the component by id.",
    )
    below__code = BelowCodeFilter(
        field_name="id",
        inclusive=False,
        label="Below (code)",
        help_text="What is below a component, without itself: the component by code.",
    )
    parent = ParentFilter(label="Parent", help_text="Parent: by id.")
    parent__code = ParentCodeFilter(
        field_name="parent", label="Parent (code)", help_text="Parent: by code."
    )
    is_root = RootFilter(
        field_name="parent",
        lookup_expr="isnull",
        label="Root of a tree",
        help_text="Whether it has no parent at all.",
    )
    as_of = DayFilter(
        method="on",
        label="Figures of",
        help_text="Answer with, and filter by, the figures as they stood on this date.",
    )

    class Meta:
        model = Component
        exclude: tuple[str, ...] = ("path", "status_date", "parent__isnull")

    @classmethod
    def of_newest(cls) -> dict[str, filters.Filter]:
        """Take over the filters of snapshots."""
        of_snapshots = SnapshotFilter.base_filters
        current = {n: f for n, f in of_snapshots.items() if f.field_name in cls.CURRENT}
        return {**figure_filters(), **current}

    def newest(self, components: Any) -> tuple[Any, Any]:
        """Look at the snapshot of the date asked for, else of the status date."""
        return self.dated(components).alias(newest=newest("pk")), Snapshot.objects.all()

    def dated(self, components: Any) -> Any:
        """Tell of each component the day that its figures are about."""
        return with_day(components, as_of=self.past_day, now=timezone.now())

    def on(self, components: Any, name: str, value: date) -> Any:
        """Keep all: the date chooses their figures, not the components."""
        return components

    def rated(self, components: Any, name: str, value: list[str]) -> Any:
        """Keep the components whose newest snapshot has one of the healths."""
        condition = Q(current_health__in=value)
        if Health.UNKNOWN in value:
            condition |= Q(current_health=None)
        return self.dated(components).alias(current_health=newest("health")).filter(condition)


class KindFilter(ComponentFilter):
    """Filters of components of one kind."""

    class Meta(ComponentFilter.Meta):
        exclude = (*ComponentFilter.Meta.exclude, "kind")


class RoleAssignmentFilter(RowFilter):
    """Filters of roles."""

    class Meta:
        model = RoleAssignment


class HealthPolicyFilter(RowFilter):
    """Filters of health policies."""

    is_default = TruthFilter(
        field_name="component",
        lookup_expr="isnull",
        label="Default of the installation",
        help_text="Whether it is a version of the default, which belongs to no component.",
    )

    class Meta:
        model = HealthPolicy
        fields = ("component", "version", "recorded_at", "rule")
        exclude = ("component__isnull",)


class WorkCalendarFilter(RowFilter):
    """Filters of calendars."""

    search = SearchFilter("name")
    name = filters.CharFilter(
        lookup_expr="icontains", label="Name", help_text="Name: a part of it."
    )

    class Meta:
        model = WorkCalendar


class CalendarDayFilter(RowFilter):
    """Filters of the days of calendars."""

    class Meta:
        model = CalendarDay


class UserFilter(RowFilter):
    """Filters of people."""

    search = SearchFilter("username", "first_name", "last_name")
    username = filters.CharFilter(label="User name", help_text="User name: exactly this.")

    class Meta:
        model = User
        fields = ()
