"""Filters by state and parent: of a past day by those of then."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import Case, DateTimeField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_filters import rest_framework as filters

from ppm.core.filters.days import known_days
from ppm.core.filters.kinds import ChoicesFilter, CodeFilter, IdFilter, TruthFilter
from ppm.core.models import Component, Decision, Outcome
from ppm.core.past import children_on, home_on


class StateFilter(ChoicesFilter):
    """The state of the component to which the lookup leads."""

    def filter(self, rows: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        """Keep the rows of components in one of the states."""
        day = self.parent.past_day
        if not value or day is None:
            found: QuerySet[Any] = super().filter(rows, value)
            return found
        then: QuerySet[Any] = with_state_on(day, rows, self.field_name)
        return then.filter(state_then__in=value)


def with_state_on(day: date, rows: Any, state: str) -> Any:
    """Alias `state_then`: see `ppm.core.past.states_by`. `state` leads to the state of now."""
    path, now = state.removesuffix("state"), timezone.now()
    known_day, known_until = known_days(f"{path}path", now=now, as_of=day)
    decisions = Decision.objects.filter(
        component=OuterRef(f"{path}pk"), outcome=Outcome.APPROVED
    ).order_by("date", "pk")
    known = decisions.filter(
        date__lte=OuterRef("known_day"), recorded_at__lt=OuterRef("known_until")
    )
    then = Coalesce(
        Subquery(known.reverse().values("after")[:1]),
        Subquery(decisions.values("before")[:1]),
        F(state),
    )
    is_present = When(known_until=Value(now, DateTimeField()), then=F(state))
    return rows.alias(known_day=known_day, known_until=known_until).alias(
        state_then=Case(is_present, default=then)
    )


class _OfParent(filters.Filter):
    """The parent of components, named by `key`."""

    key: ClassVar[str]

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Keep what stands, or stood, directly below the visible component."""
        day = self.parent.past_day
        if not value or day is None:
            found: QuerySet[Any] = super().filter(rows, value)
            return found
        visible = Component.objects.visible_to(self.parent.request.user)
        parents = visible.filter(**{self.key: value}).values_list("pk", flat=True)
        return rows.filter(pk__in=children_on(day, list(parents)).values("pk"))


class ParentFilter(_OfParent, IdFilter):
    """The parent of components, by id."""

    key = "pk"


class ParentCodeFilter(_OfParent, CodeFilter):
    """The parent of components, by code."""

    key = "code"


class RootFilter(TruthFilter):
    """Whether components have no parent."""

    def filter(self, rows: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        """Keep the roots, or the rest."""
        day = self.parent.past_day
        if value is None or day is None:
            found: QuerySet[Any] = super().filter(rows, value)
            return found
        then: QuerySet[Any] = rows.alias(home=home_on(day))
        return then.filter(home__isnull=value)
